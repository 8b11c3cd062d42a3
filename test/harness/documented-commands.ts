import fc from 'fast-check';
import type { CommandDeclaration } from '../../src/server/commands/command.js';
import { type DocumentedArgument, readArgument } from '../../src/server/commands/introspection/argument-notation.js';

/**
 * Random calls of a command, made from its documented arguments (COMMAND DOCS): every option, in any combination, with
 * values that mostly make sense for their name. Keys are few and named after a type, so that commands meet each other's
 * values, of their own type most of the time.
 */
export function callsOf(command: CommandDeclaration, name: string): fc.Arbitrary<string[]> {
  const context: Context = { group: command.group, name };
  const given = sequence((command.arguments ?? []).map(readArgument), context);
  const whole = given.map((rest) => defined([...name.split(' '), ...rest]));
  return fc.oneof({ weight: 20, arbitrary: whole }, { weight: 1, arbitrary: damaged(whole) });
}

/** A word too few, one too many, or twice. */
function damaged(calls: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  return fc.tuple(calls, fc.nat(), fc.nat(2)).map(([words, at, how]) => {
    const i = 1 + (at % words.length);
    if (how === 0) return words.toSpliced(i, 1);
    return words.toSpliced(i, 0, how === 1 ? (words[i] ?? 'x') : 'x');
  });
}

/** What Redis leaves open is not asked: ranges by name over several scores, and the order of what is sorted as equal. */
function defined(words: string[]): string[] {
  const name = words[0]!.toUpperCase();
  // The key is one that nothing else writes to.
  if (name.includes('LEX')) return words.with(1, ONE_SCORE);
  if (words.includes('BYLEX')) return words.with(name === 'ZRANGE' ? 1 : 2, ONE_SCORE);
  if (!name.startsWith('SORT') || !(words.includes('BY') || words.includes('ALPHA'))) return words;
  return words.with(1, ROW).filter((word) => word !== 'ALPHA' || !words.includes('BY'));
}

export const ONE_SCORE = 'same';
/** A list without zero bytes, where C's comparison would end. */
export const ROW = 'row';

interface Context {
  readonly group: string;
  readonly name: string;
}

function sequence(all: readonly DocumentedArgument[], context: Context): fc.Arbitrary<string[]> {
  const kept = all.filter(({ token }) => !LEFT_OUT.has(token ?? ''));
  return fc.tuple(...kept.map((argument) => perhaps(argument, context))).map((parts) => {
    const counts = kept.findIndex(({ name }) => name === 'numkeys');
    if (counts >= 0 && parts[counts]![0] === COUNTED) parts[counts] = [String(parts[counts + 1]!.length)];
    return parts.flat();
  });
}

/** Waits; names entries by the time of day; stores distances of which the last digit is the C library's. */
const LEFT_OUT: ReadonlySet<string> = new Set(['BLOCK', '*', 'STOREDIST']);

function perhaps(argument: DocumentedArgument, context: Context): fc.Arbitrary<string[]> {
  const { flags, token } = argument;
  const words = once(argument, context);
  const most = flags.includes('multiple') ? 3 : 1;
  const inner = fc.array(words, { minLength: 1, maxLength: most }).map((list) => {
    if (token === undefined || token === '' || argument.type === 'pure-token') return list.flat();
    return flags.includes('multiple_token') ? list.flatMap((one) => [token, ...one]) : [token, ...list.flat()];
  });
  return flags.includes('optional') ? fc.oneof(fc.constant<string[]>([]), inner) : inner;
}

function once(argument: DocumentedArgument, context: Context): fc.Arbitrary<string[]> {
  const { type, parts, name, token } = argument;
  if (type === 'pure-token') return fc.constant([token!]);
  if (type === 'oneof') {
    const kept = parts.filter((part) => !LEFT_OUT.has(part.token ?? ''));
    return fc.oneof(...kept.map((part) => perhaps(part, context)));
  }
  if (name === 'streams') return streams(context);
  if (type === 'block') return sequence(parts, context);
  if (type === 'key') return keyFor(context).map((key) => [key]);
  return named(argument, context).map((value) => [value]);
}

/** As many IDs as keys. */
function streams(context: Context): fc.Arbitrary<string[]> {
  const places = fc.array(fc.tuple(keyFor(context), fc.oneof(id, oneOf('>', '$', '0'))), {
    minLength: 1,
    maxLength: 2,
  });
  return places.map((list) => [...list.map(([key]) => key), ...list.map(([, from]) => from)]);
}

const oneOf = (...words: readonly string[]) => fc.constantFrom(...words);
const integer = (min: number, max: number) => fc.integer({ min, max }).map(String);

const KEYS: Readonly<Record<string, readonly string[]>> = {
  string: ['s1', 's2'],
  bitmap: ['s1', 's2'],
  list: ['l1', 'l2'],
  hash: ['h1', 'h2'],
  set: ['t1', 't2', 't3'],
  'sorted-set': ['z1', 'z2', 'z3'],
  geo: ['z1', 'g1'],
  stream: ['x1', 'x2'],
  hyperloglog: ['p1', 'p2'],
};
const anyKey = oneOf(...new Set(Object.values(KEYS).flat()), 'missing');

function keyFor({ group }: Context): fc.Arbitrary<string> {
  const own = KEYS[group];
  if (own === undefined) return anyKey;
  return fc.oneof({ weight: 6, arbitrary: oneOf(...own) }, { weight: 1, arbitrary: anyKey });
}

const COUNTED = '(as many as follow)';
const LONG = 'long and longer '.repeat(5);
const element = oneOf('a', 'b', 'c', 'd', 'e', '1', '2', '33', '-7', '3.5', '', 'x'.repeat(9), '\x00\xff\r\n', LONG);
const id = fc.oneof(
  fc.tuple(fc.nat(9), fc.nat(2)).map(([ms, seq]) => `${ms}-${seq}`),
  integer(0, 12),
);
const streamRange = fc.oneof(
  id,
  id.map((one) => `(${one}`),
  oneOf('-', '+'),
);
const big = oneOf('9223372036854775807', '-9223372036854775808', '9223372036854775808', '1.5', 'x', '');
const usually = (usual: fc.Arbitrary<string>, rare: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: rare });
const score = usually(
  oneOf('-3', '-1', '0', '0', '1', '2', '3.25', '1e3'),
  oneOf('inf', '-inf', 'nan', 'x', '-0', '0.1'),
);
const scoreRange = usually(
  fc.oneof(
    score,
    score.map((one) => `(${one}`),
    oneOf('-inf', '+inf'),
  ),
  oneOf('x', '(', ''),
);
const lexRange = usually(oneOf('-', '+', '[a', '(a', '[c', '(d', '[1'), oneOf('a', '', '['));
const index = usually(integer(-9, 9), big);
/** Long gone or far away: what is near would come at another moment for each of two servers. */
const SECONDS = oneOf('100000', '200000', '300000', '-1', '0', 'x', '9223372036854775807');
const MILLISECONDS = oneOf('100000000', '200000000', '-1', '0', 'x', '9223372036854775807');
const AT_SECONDS = oneOf('33000000000', '33000000001', '1', '-1', 'x');
const AT_MILLISECONDS = oneOf('33000000000000', '33000000000500', '1', '-1', 'x');

/** By the argument's name, in one command ("xadd id"), in its group, anywhere; else by its type. */
const BY_NAME: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'set seconds': SECONDS,
  'xadd id': fc.oneof(
    id,
    fc.nat(30).map((ms) => `${ms}-*`),
  ),
  'xsetid last-id': id,
  'xautoclaim start': fc.oneof(id, oneOf('-', '0')),
  'xclaim min-idle-time': oneOf('0', '0', '0', '100000', 'x'),
  'xautoclaim min-idle-time': oneOf('0', '0', '0', '100000', 'x'),
  'xpending min-idle-time': oneOf('0', '0', '100000'),
  'stream start': streamRange,
  'stream end': streamRange,
  'stream threshold': fc.oneof(integer(0, 6), id),
  'stream group': oneOf('g', 'g', 'h'),
  'stream groupname': oneOf('g', 'g', 'h'),
  'stream consumer': oneOf('c', 'd'),
  'stream consumername': oneOf('c', 'd'),
  'stream count': usually(integer(0, 5), oneOf('-1', 'x')),
  'zrangebylex min': lexRange,
  'zrangebylex max': lexRange,
  'zrevrangebylex min': lexRange,
  'zrevrangebylex max': lexRange,
  'zremrangebylex min': lexRange,
  'zremrangebylex max': lexRange,
  'zlexcount min': lexRange,
  'zlexcount max': lexRange,
  'zrange start': fc.oneof(index, scoreRange, lexRange),
  'zrange stop': fc.oneof(index, scoreRange, lexRange),
  'zrangestore min': fc.oneof(index, scoreRange, lexRange),
  'zrangestore max': fc.oneof(index, scoreRange, lexRange),
  'sorted-set min': scoreRange,
  'sorted-set max': scoreRange,
  'geo longitude': usually(oneOf('-179', '-10', '0', '13.5', '14', '100', '180'), oneOf('181', 'x')),
  'geo latitude': usually(oneOf('-85', '-10', '0', '37.5', '38', '85'), oneOf('86', 'x')),
  'bitmap offset': usually(
    fc.oneof(
      integer(0, 100),
      integer(0, 9).map((n) => `#${n}`),
    ),
    oneOf('-1', 'x', '4294967296'),
  ),
  'bitop operation': usually(oneOf('AND', 'OR', 'XOR', 'NOT'), oneOf('x')),
  'setrange offset': usually(integer(0, 40), oneOf('-1', 'x', '536870912')),
  'sort by-pattern': oneOf('nosort', 'w_*', 'h1->*', 's1'),
  'sort get-pattern': oneOf('#', 'w_*', 'h1->*', 's1'),
  'sort pattern': oneOf('nosort', '#', 'w_*', 'h1->*'),
  'destination-db': usually(oneOf('0', '1'), oneOf('16', 'x')),
  db: usually(oneOf('0', '1'), oneOf('16', '-1', 'x')),
  entries_read: integer(0, 9),
  entries_added: integer(0, 40),
  id,
  'last-id': id,
  lastid: id,
  max_deleted_entry_id: id,
  'new-id': id,
  encoding: usually(oneOf('u3', 'i5', 'u8', 'i33', 'u63', 'i64'), oneOf('u64', 'x8', 'i0')),
  bit: usually(oneOf('0', '1'), oneOf('2', 'x')),
  cursor: oneOf('0'),
  numkeys: usually(fc.constant(COUNTED), oneOf('0', '1', '5', '-1', 'x')),
  count: usually(integer(-3, 6), oneOf('0', 'x', '9223372036854775807', '-9223372036854775808')),
  limit: usually(integer(0, 4), oneOf('-1', 'x')),
  rank: usually(oneOf('1', '2', '-1', '-2'), oneOf('0', 'x', '-9223372036854775808')),
  weight: usually(oneOf('1', '2', '-1', '0', '0.5'), oneOf('inf', '-inf', 'x')),
  increment: usually(integer(-20, 20), fc.oneof(big, oneOf('0.1', 'inf'))),
  decrement: usually(integer(-20, 20), big),
  score,
  radius: usually(oneOf('1', '100', '5000', '30000'), oneOf('-1', 'x')),
  width: usually(oneOf('1', '400', '30000'), oneOf('-1', 'x')),
  height: usually(oneOf('1', '400', '30000'), oneOf('-1', 'x')),
  seconds: SECONDS,
  milliseconds: MILLISECONDS,
  'unix-time-seconds': AT_SECONDS,
  'unix-time-milliseconds': AT_MILLISECONDS,
  'min-idle-time': oneOf('0', '100000'),
  ms: oneOf('0', '500000', 'x'),
  timestamp: AT_SECONDS,
  pattern: oneOf('*', 'a*', '?', '[a-c]*', '\\', ''),
};

function named({ name, type }: DocumentedArgument, { group, name: command }: Context): fc.Arbitrary<string> {
  const values = BY_NAME[`${command} ${name}`] ?? BY_NAME[`${group} ${name}`] ?? BY_NAME[name];
  if (values !== undefined) return values;
  if (type === 'integer') return index;
  if (type === 'double') return score;
  if (type === 'unix-time') return AT_MILLISECONDS;
  if (type === 'pattern') return BY_NAME['pattern']!;
  return element;
}
