import type { StreamValue } from '../../data/stream-value.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const xlen: CommandDeclaration = {
  name: 'xlen',
  summary: 'Return the number of entries in a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    call.reply.integer(call.read<StreamValue>(1, Type.stream)?.size ?? 0);
  },
};
