import type { CommandDeclaration } from '../command.js';
import { subscribe as subscribeTo } from './subscriptions.js';

export const subscribe: CommandDeclaration = {
  name: 'subscribe',
  summary: 'Listen for messages published to the given channels',
  since: '2.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of channels to subscribe to.',
  arguments: ['channel...'],
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  run: (call) => subscribeTo(call, 'channels', 'subscribe'),
};
