import type { CommandDeclaration } from '../command.js';
import { flush } from './flush.js';

export const flushall: CommandDeclaration = {
  name: 'flushall',
  summary: 'Remove all keys from all databases',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) where N is the total number of keys in all databases',
  history: ['4.0.0 Added the `ASYNC` flushing mode modifier.', '6.2.0 Added the `SYNC` flushing mode modifier.'],
  arguments: ['[async(ASYNC@4.0.0 | SYNC@6.2.0)]'],
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  run(call) {
    const { keyspace, persistence } = call.server;
    flush(call, keyspace.databases);
    persistence.flushed(call.dirty);
  },
};
