import { CommandError, errors } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const lcs: CommandDeclaration = {
  name: 'lcs',
  summary: 'Find longest common substring',
  since: '7.0.0',
  group: 'string',
  complexity: 'O(N*M) where N and M are the lengths of s1 and s2, respectively',
  arguments: ['key1#0', 'key2#0', '[LEN]', '[IDX]', '[MINMATCHLEN len:integer]', '[WITHMATCHLEN]'],
  arity: -3,
  flags: ['readonly'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const [a, b] = operands(call);
    const options = readOptions(call);
    const table = lengthsTable(call, a, b);
    if (options.length) call.reply.integer(table.at(-1)!);
    else if (options.ranges) replyRanges(call, commonRanges(a, b, table), table.at(-1)!, options);
    else call.reply.bulkBytes(commonBytes(a, b, table));
  },
};

interface LcsOptions {
  length: boolean;
  ranges: boolean;
  minLength: number;
  withLength: boolean;
}

/** Copies; a missing key is an empty string. */
function operands({ db, args }: Call): [Buffer, Buffer] {
  const bytes = (i: number): Buffer | undefined => {
    const ref = db.read(args, i);
    if (ref === 0) return Buffer.alloc(0);
    return db.type(ref) === Type.string ? db.stringBytes(ref) : undefined;
  };
  const [a, b] = [bytes(1), bytes(2)];
  if (a === undefined || b === undefined) {
    throw new CommandError('ERR The specified keys must contain string values');
  }
  return [a, b];
}

function readOptions({ args }: Call): LcsOptions {
  const options: LcsOptions = { length: false, ranges: false, minLength: 0, withLength: false };
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'idx') options.ranges = true;
    else if (word === 'len') options.length = true;
    else if (word === 'withmatchlen') options.withLength = true;
    else if (word === 'minmatchlen' && i + 1 < args.count) options.minLength = Math.max(0, readInteger(args, ++i));
    else throw errors.syntax;
  }
  if (options.ranges && options.length) {
    throw new CommandError('ERR If you want both the length and indexes, please just use IDX.');
  }
  return options;
}

/** At row i, column j: how long the longest common subsequence of a's first i and b's first j bytes is. */
function lengthsTable({ server }: Call, a: Buffer, b: Buffer): Uint32Array {
  const columns = b.length + 1;
  const cells = (a.length + 1) * columns;
  if (cells * 4 > server.settings.maxBulk) {
    throw new CommandError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
  }
  const table = new Uint32Array(cells);
  for (let i = 1, at = columns; i <= a.length; i++) {
    at++;
    for (let j = 1; j <= b.length; j++, at++) {
      if (a[i - 1] === b[j - 1]) table[at] = table[at - columns - 1]! + 1;
      else table[at] = Math.max(table[at - columns]!, table[at - 1]!);
    }
  }
  return table;
}

/** Walks back from the table's end; `match` gets each common byte, last first. */
function walkBack(a: Buffer, b: Buffer, table: Uint32Array, match: (i: number, j: number) => void): void {
  const columns = b.length + 1;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    const at = i * columns + j;
    if (a[i - 1] === b[j - 1]) match(--i, --j);
    else if (table[at - columns]! > table[at - 1]!) i--;
    else j--;
  }
}

function commonBytes(a: Buffer, b: Buffer, table: Uint32Array): Buffer {
  const common = Buffer.alloc(table.at(-1)!);
  let at = common.length;
  walkBack(a, b, table, (i) => {
    common[--at] = a[i]!;
  });
  return common;
}

/** Bytes a.. and b.. that are the same for `length` bytes. */
interface Range {
  a: number;
  b: number;
  length: number;
}

/** Last range first, as the walk finds them. */
function commonRanges(a: Buffer, b: Buffer, table: Uint32Array): Range[] {
  const ranges: Range[] = [];
  walkBack(a, b, table, (i, j) => {
    const last = ranges.at(-1);
    if (last && last.a === i + 1 && last.b === j + 1) {
      last.a = i;
      last.b = j;
      last.length++;
    } else ranges.push({ a: i, b: j, length: 1 });
  });
  return ranges;
}

function replyRanges({ reply }: Call, ranges: readonly Range[], length: number, options: LcsOptions): void {
  const shown = ranges.filter((range) => range.length >= options.minLength);
  reply.map(2);
  reply.bulk('matches');
  reply.array(shown.length);
  for (const range of shown) {
    reply.array(options.withLength ? 3 : 2);
    for (const start of [range.a, range.b]) {
      reply.array(2);
      reply.integer(start);
      reply.integer(start + range.length - 1);
    }
    if (options.withLength) reply.integer(range.length);
  }
  reply.bulk('len');
  reply.integer(length);
}
