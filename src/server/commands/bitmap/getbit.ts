import { type CommandDeclaration, oneKey } from '../command.js';
import { readBitOffset } from './offset.js';

export const getbit: CommandDeclaration = {
  name: 'getbit',
  summary: 'Returns the bit value at offset in the string value stored at key',
  since: '2.2.0',
  group: 'bitmap',
  complexity: 'O(1)',
  arguments: ['key#0', 'offset:integer'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const { db, reply } = call;
    const offset = readBitOffset(call, 2);
    const ref = call.readString(1);
    const byte = Math.floor(offset / 8);
    if (ref === 0 || byte >= db.entries.stringLength(ref)) reply.integer(0);
    else {
      const value = db.entries.stringBuffer(ref)[db.entries.stringStart(ref) + byte]!;
      reply.integer((value >> (7 - (offset & 7))) & 1);
    }
  },
};
