import { CommandError, errors } from '../../errors.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { type BitRange, readRange, resolveRange } from './bit-range.js';
import { readBit } from './offset.js';

export const bitpos: CommandDeclaration = {
  name: 'bitpos',
  summary: 'Find first bit set or clear in a string',
  since: '2.8.7',
  group: 'bitmap',
  complexity: 'O(N)',
  history: ['7.0.0 Added the `BYTE|BIT` option.'],
  arguments: [
    'key#0',
    'bit:integer',
    '[index(start:integer, [end_index(end:integer, [index_unit(BYTE | BIT)@7.0.0])])]',
  ],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const bit = readBit(args, 2, errors.notInteger, new CommandError('ERR The bit argument must be 1 or 0.'));
    const ref = call.readString(1);
    if (ref === 0) {
      reply.integer(bit ? -1 : 0);
      return;
    }
    if (args.count > 6) throw errors.syntax;
    const range = args.count > 3 ? readRange(call, 3) : { start: 0, end: undefined, inBits: false };
    const length = db.entries.stringLength(ref);
    const { start, end } = resolveRange(range, length);
    const place = findBit(db.entries.stringBuffer(ref), db.entries.stringStart(ref), { start, end }, bit);
    // A string is followed by zeros without end, unless the range names its own.
    const beyond = bit === 0 && range.end === undefined && start < end ? length * 8 : -1;
    reply.integer(place < 0 ? beyond : place);
  },
};

function findBit(bytes: Buffer, at: number, { start, end }: BitRange, bit: 0 | 1): number {
  const none = bit ? 0x00 : 0xff;
  for (let i = start; i < end; ) {
    const byte = bytes[at + (i >>> 3)]!;
    if ((i & 7) === 0 && byte === none) i += 8;
    else if (((byte >> (7 - (i & 7))) & 1) === bit) return i;
    else i++;
  }
  return -1;
}
