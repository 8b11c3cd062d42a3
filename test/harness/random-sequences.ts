import fc from 'fast-check';
import type { CommandDeclaration } from '../../src/server/commands/command.js';
import { allCommands } from '../../src/server/commands/index.js';
import { callsOf, ONE_SCORE, ROW } from './documented-commands.js';
import { splitReply, type Words } from './raw-client.js';
import type { DetailedStep } from './twin.js';
import { type Comparison, comparisonOf, exact } from './twin-compare.js';

/**
 * Random sequences over all types and commands of Redis 7.0 that answer the same whenever they are asked: expiry,
 * transactions of two clients, scripts, streams and groups; without what waits, draws lots, or pages.
 */
export function randomSequences(length: number): fc.Arbitrary<DetailedStep[]> {
  const step = fc.oneof(
    { weight: 40, arbitrary: calls.map((words) => [words]) },
    { weight: 4, arbitrary: calls.map((words) => [inScript(words)]) },
    { weight: 5, arbitrary: fc.constantFrom(...TRANSACTIONS).map((words) => [words]) },
    { weight: 2, arbitrary: fc.constantFrom(...FILLED).map((words) => [words]) },
    { weight: 1, arbitrary: fc.constantFrom(...RESTORED).map((words) => [words]) },
    { weight: 2, arbitrary: fc.constantFrom('s1', 's2', 'l1', 'h1', 't1', 'z1', 'x1').map(expired) },
  );
  const placed = fc.tuple(step, fc.constantFrom('main', 'main', 'main', 'second'));
  return fc
    .array(placed, { minLength: 1, maxLength: length, size: 'max' })
    .map((steps) => compared(steps.flatMap(([commands, on]) => commands.map((run) => ({ run, on })))));
}

/** Draw lots, page, wait for others, or tell of this moment. */
const LEFT_OUT = new Set([
  'spop',
  'randomkey',
  'scan',
  'sscan',
  'hscan',
  'zscan',
  'dump',
  'restore',
  'restore-asking',
  'migrate',
  'wait',
  'object|idletime',
  'object|freq',
  'object|refcount',
  'pfdebug',
  'pfselftest',
]);
const GROUPS = new Set([
  'string',
  'list',
  'set',
  'sorted-set',
  'hash',
  'stream',
  'bitmap',
  'hyperloglog',
  'geo',
  'generic',
]);

function eligible(command: CommandDeclaration, name: string): boolean {
  const isOld = Number.parseFloat(command.since) <= 7.0;
  // Without BLOCK, which is left out, these two do not wait.
  const waits = command.flags.includes('blocking') && !['xread', 'xreadgroup'].includes(command.name);
  return GROUPS.has(command.group) && isOld && !waits && !LEFT_OUT.has(name);
}

const calls: fc.Arbitrary<string[]> = fc.oneof(
  ...allCommands.flatMap((command) => {
    const children = command.subcommands ?? [command];
    return children
      .map((child) => [child, child === command ? command.name : `${command.name}|${child.name}`] as const)
      .filter(([child, name]) => eligible(child, name))
      .map(([child, name]) => callsOf(child, name.replace('|', ' ')));
  }),
);

/** What fills keys comes up more often than by chance, or most commands would meet nothing. */
const FILLED: readonly string[][] = [
  ['RPUSH', 'l1', 'a', 'b', 'c', '1', '2'],
  ['HSET', 'h1', 'a', '1', 'b', 'x', 'c', '3.5'],
  ['SADD', 't1', 'a', 'b', 'c', '1', '2'],
  ['SADD', 't2', '1', '2', '33'],
  ['ZADD', 'z1', '1', 'a', '2', 'b', '2', 'c', '-1', 'd'],
  ['GEOADD', 'g1', '13.5', '37.5', 'a', '14', '38', 'b', '100', '-10', 'c'],
  ['XGROUP', 'CREATE', 'x1', 'g', '0', 'MKSTREAM'],
  ['XADD', 'x1', '40-*', 'a', '1', 'b', '2'],
  ['PFADD', 'p1', 'a', 'b', 'c'],
  ['ZADD', ONE_SCORE, '0', 'a', '0', 'b', '0', 'c', '0', '1', '0', ''],
  ['ZADD', ONE_SCORE, '0', 'cc', '0', 'd'],
  ['RPUSH', ROW, 'b', 'a', '2', '', '10', 'a', '33'],
  ['SET', 's1', '100'],
  ['MSET', 'w_a', '3', 'w_b', '1', 'w_1', '2'],
];

const TRANSACTIONS: readonly string[][] = [
  ['MULTI'],
  ['MULTI'],
  ['EXEC'],
  ['EXEC'],
  ['DISCARD'],
  ['WATCH', 's1', 'l1', 'z1'],
  ['UNWATCH'],
  ['SELECT', '1'],
  ['SELECT', '0'],
  ['SWAPDB', '0', '1'],
  ['FLUSHDB'],
  ['DBSIZE'],
  ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'],
];

function inScript(words: readonly string[]): string[] {
  return ['EVAL', 'return redis.pcall(unpack(ARGV))', '0', ...words];
}

/** Values as DUMP gives them: the string 7, the list of a and 1. */
const SEVEN = '\x00\xc0\x07\x0a\x00t\xcdH\xa2\x83\xab\xce\x92';
const A_AND_1 = '\x12\x01\x02\x0c\x0c\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff\x0a\x00\x94\x96+#\xac\x17\xaa\x85';
const RESTORED: readonly string[][] = [
  ['RESTORE', 's1', '0', SEVEN],
  ['RESTORE', 's2', '100000000', SEVEN, 'REPLACE'],
  ['RESTORE', 'l1', '33000000000000', A_AND_1, 'ABSTTL', 'REPLACE'],
  ['RESTORE', 'l1', '1', A_AND_1, 'ABSTTL', 'REPLACE'],
];

/**
 * A key whose time is over, and that nobody has met since. A shorter time would be over for Redis, which reads the clock
 * twice, within PEXPIRE now and then: the key is deleted at once, where here it is there until somebody meets it.
 */
function expired(key: string): string[][] {
  return [
    ['PEXPIRE', key, '10'],
    ['DEBUG', 'SLEEP', '0.013'],
  ];
}

const EXPIRING: ReadonlySet<string> = new Set(['PEXPIRE 1', 'DEBUG SLEEP 0.003', 'PEXPIRE 10', 'DEBUG SLEEP 0.013']);

/** Each step with the comparison that its reply needs, those of transactions too. */
function compared(steps: readonly { readonly run: string[]; readonly on: string }[]): DetailedStep[] {
  const queues = new Map<string, Words[] | undefined>();
  return steps.flatMap(({ run, on }) => {
    const queue = queues.get(on);
    const name = run[0]!.toUpperCase();
    // A transaction has one time, as in Redis 7.2; in 7.0 its scripts have a later one, and times to live count on.
    if (queue !== undefined && EXPIRING.has(run.join(' ').replace(/ .\d /, ' '))) return [];
    if (name === 'MULTI') queues.set(on, queue ?? []);
    else if (queue !== undefined && (name === 'EXEC' || name === 'DISCARD')) queues.set(on, undefined);
    else if (queue !== undefined && !['WATCH'].includes(name)) queue.push(run);
    const compare = name === 'EXEC' && queue !== undefined ? ofTransaction(queue) : ofCommand(run);
    return [{ run, on, compare }];
  });
}

function ofTransaction(queue: readonly Words[]): Comparison {
  return (reply) => {
    const parts = splitReply(reply);
    if (parts?.items.length !== queue.length) return exact(reply);
    return parts.head + parts.items.map((item, i) => ofCommand(queue[i]!)(item)).join('');
  };
}

function ofCommand(words: Words): Comparison {
  const name = String(words[0]).toUpperCase();
  if (name === 'EVAL') return ofCommand(words.slice(3));
  const compare = OWN.get(name) ?? comparisonOf(name);
  return (reply) => masked(compare(reply));
}

const OWN: ReadonlyMap<string, Comparison> = new Map([
  ['TTL', (reply) => exact(reply).replace(/\d{4,}/, rounded)],
  ['PTTL', (reply) => exact(reply).replace(/\d{4,}/, (digits) => rounded(String(Number(digits) / 1000)))],
] as const);

function rounded(digits: string): string {
  return String(Math.round(Number(digits) / 1000));
}

/** Times of now, alone and as IDs of streams. */
function masked(text: string): string {
  return text.replace(/\d{13}/g, (time) => (Math.abs(Number(time) - Date.now()) < 10_000_000_000 ? '<now>' : time));
}
