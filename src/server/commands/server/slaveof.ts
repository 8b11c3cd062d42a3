import type { CommandDeclaration } from '../command.js';
import { follow } from './replicaof.js';

export const slaveof: CommandDeclaration = {
  name: 'slaveof',
  summary: 'Make the server a replica of another instance, or promote it as master.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  deprecated: { since: '5.0.0', use: '`REPLICAOF`' },
  arguments: ['args(host-port(host, port:integer) | no-one(NO, ONE))'],
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  run: (call) => follow(call),
};
