import type { CommandDeclaration } from '../command.js';
import { subscribe } from './subscriptions.js';

export const psubscribe: CommandDeclaration = {
  name: 'psubscribe',
  summary: 'Listen for messages published to channels matching the given patterns',
  since: '2.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of patterns the client is already subscribed to.',
  arguments: ['pattern(pattern:pattern)...'],
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  run: (call) => subscribe(call, 'patterns', 'psubscribe'),
};
