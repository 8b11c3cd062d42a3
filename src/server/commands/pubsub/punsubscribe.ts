import type { CommandDeclaration } from '../command.js';
import { unsubscribe } from './subscriptions.js';

export const punsubscribe: CommandDeclaration = {
  name: 'punsubscribe',
  summary: 'Stop listening for messages posted to channels matching the given patterns',
  since: '2.0.0',
  group: 'pubsub',
  complexity:
    'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).',
  arguments: ['[pattern:pattern...]'],
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  run: (call) => unsubscribe(call, 'patterns', 'punsubscribe'),
};
