import type { CommandDeclaration } from '../command.js';
import { follow } from './replicaof.js';

export const slaveof: CommandDeclaration = {
  name: 'slaveof',
  summary: 'Make the server a replica of another instance, or promote it as master.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  run: (call) => follow(call),
};
