import { errors } from '../../errors.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { type BitRange, type RangeArguments, readRange, resolveRange } from './bit-range.js';

export const bitcount: CommandDeclaration = {
  name: 'bitcount',
  summary: 'Count set bits in a string',
  since: '2.6.0',
  group: 'bitmap',
  complexity: 'O(N)',
  history: ['7.0.0 Added the `BYTE|BIT` option.'],
  arguments: ['key#0', '[index(start:integer, end:integer, [index_unit(BYTE | BIT)@7.0.0])]'],
  arity: -2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const ref = call.readString(1);
    if (ref === 0) {
      reply.integer(0);
      return;
    }
    if (args.count === 3 || args.count > 5) throw errors.syntax;
    const asked = args.count === 2 ? WHOLE : readRange(call, 2);
    const { start, end } = asked;
    const length = db.entries.stringLength(ref);
    // Two places before the beginning in the wrong order are an empty range, not the first byte.
    const isEmpty = start < 0 && end !== undefined && end < 0 && start > end;
    const at = db.entries.stringStart(ref);
    const bits = isEmpty ? EMPTY : resolveRange(asked, length);
    reply.integer(countBits(db.entries.stringBuffer(ref), at, bits));
  },
};

const WHOLE: RangeArguments = { start: 0, end: undefined, inBits: false };
const EMPTY: BitRange = { start: 0, end: 0 };
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** The ones in a range of the bits that start at byte `at`. */
function countBits(bytes: Buffer, at: number, { start, end }: BitRange): number {
  if (start >= end) return 0;
  const first = start >>> 3;
  const last = (end - 1) >>> 3;
  let ones = 0;
  for (let i = first; i <= last; i++) ones += ONES[bytes[at + i]!]!;
  // What the first and the last byte have outside of the range.
  ones -= ONES[bytes[at + first]! & ~(0xff >> (start & 7)) & 0xff]!;
  return ones - ONES[bytes[at + last]! & (0x7f >> ((end - 1) & 7))]!;
}
