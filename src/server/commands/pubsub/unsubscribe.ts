import type { CommandDeclaration } from '../command.js';
import { unsubscribe as unsubscribeFrom } from './subscriptions.js';

export const unsubscribe: CommandDeclaration = {
  name: 'unsubscribe',
  summary: 'Stop listening for messages posted to the given channels',
  since: '2.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of clients already subscribed to a channel.',
  arguments: ['[channel...]'],
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  run: (call) => unsubscribeFrom(call, 'channels', 'unsubscribe'),
};
