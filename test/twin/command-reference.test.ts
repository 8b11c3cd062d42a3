/**
 * What the server tells of its commands: COMMAND INFO, DOCS, LIST, GETKEYS and GETKEYSANDFLAGS, field by field and
 * for every command that both have. What has no order in Redis (flags, categories, subcommands) is compared without.
 */
import { expect, it } from 'vitest';
import type { Reply } from '../../src/resp/reply.js';
import { ReplyDecoder } from '../../src/resp/reply-decoder.js';
import { RawClient, type Words } from '../harness/raw-client.js';
import { describeTwin, type Twin, twinSuite } from '../harness/twin.js';

const skip = ['events', 'effects', 'dataset'] as const;

/** The twin's, which ours does not serve. */
const MISSING = ['failover'];

/** Ours, from later versions of Redis: the twin knows nothing of them. */
const LATER = /^(client\|(no-touch|setinfo)|h(p?expire(at|time)?|p?ttl|persist|getex|setex|getdel)|waitaof)$/;

twinSuite(
  'commands about commands',
  {
    'GETKEYS and GETKEYSANDFLAGS': ['GETKEYS', 'GETKEYSANDFLAGS'].flatMap((question) =>
      ['GET', 'GET a b', 'SET a b GET', 'PING x', 'NOSUCH a', 'MSET a 1 b 2', 'EVAL x 2 a b c', 'EVAL x 0'].map(
        (command) => `COMMAND ${question} ${command}`,
      ),
    ),
    LIST: [
      'COMMAND LIST FILTERBY MODULE x',
      'COMMAND LIST FILTERBY ACLCAT nosuch',
      'COMMAND LIST FILTERBY PATTERN client|id',
      'COMMAND LIST FILTERBY PATTERN CLIENT|ID',
      'COMMAND LIST FILTERBY PATTERN nosuch*',
      'COMMAND LIST FILTERBY FOO x',
      'COMMAND LIST FILTERBY PATTERN',
      'COMMAND LIST FILTERBY PATTERN a b',
      'COMMAND LIST FOO',
    ],
    'INFO and DOCS of what is not there': ['COMMAND INFO nosuch client|nosuch', 'COMMAND DOCS nosuch', 'COMMAND FOO'],
    'INFO and DOCS of some': ['COMMAND DOCS GET set nosuch', 'COMMAND DOCS config|get', 'COMMAND INFO GET nosuch'],
    'help texts': ['COMMAND HELP', 'CLIENT HELP', 'CONFIG HELP', 'MEMORY HELP', 'LATENCY HELP', 'MODULE HELP'],
  },
  { skip },
);

twinSuite(
  'commands for clusters, without a cluster,',
  {
    'are refused after their arity was looked at': [
      ...['ASKING', 'ASKING x', 'READONLY', 'READWRITE', 'CLUSTER', 'CLUSTER NOSUCH', 'CLUSTER HELP', 'CLUSTER INFO'],
      ...['CLUSTER MYID x', 'CLUSTER KEYSLOT', 'CLUSTER KEYSLOT a', 'CLUSTER SLOTS', 'CLUSTER SHARDS', 'CLUSTER NODES'],
    ],
    'abort a transaction only by their arity': ['MULTI', 'CLUSTER INFO', 'EXEC', 'MULTI', 'CLUSTER KEYSLOT', 'EXEC'],
  },
  { skip },
);

twinSuite(
  'LOLWUT',
  { 'tells the version': ['LOLWUT', 'LOLWUT x', 'LOLWUT VERSION x', 'LOLWUT VERSION 1 2'] },
  { skip },
);

describeTwin('the reference of commands', {}, (twin) => {
  it.each([2, 3] as const)('INFO tells of every command what Redis tells, in RESP%i', async (protocol) => {
    const [real, ours] = await both(twin(), protocol, ['COMMAND', 'INFO'], infos);
    expectSame(real, ours, 300);
  });

  it.each([2, 3] as const)('DOCS tells of every command what Redis tells, in RESP%i', async (protocol) => {
    const [real, ours] = await both(twin(), protocol, ['COMMAND', 'DOCS'], docs);
    expectSame(real, ours, 300);
  });

  it('ours serves every command of Redis but these', async () => {
    const [real, ours] = await both(twin(), 2, ['COMMAND', 'LIST'], (reply) => (reply as Reply[]).map(String));
    expect(real.filter((name) => !ours.includes(name) && !MISSING.includes(name))).toEqual([]);
  });

  const filters = [
    [],
    ['PATTERN', '*'],
    ['PATTERN', 'x?e*'],
    ['PATTERN', '*|*'],
    ['ACLCAT', 'fast'],
    ['ACLCAT', 'write'],
  ];
  it.each(filters)('LIST %s %s names the commands that Redis names', async (...filter) => {
    const words = ['COMMAND', 'LIST', ...(filter.length === 0 ? [] : ['FILTERBY', ...(filter as string[])])];
    const [real, ours] = await both(twin(), 2, words, (reply) => (reply as Reply[]).map(String));
    const [all] = await both(twin(), 2, ['COMMAND', 'LIST'], (reply) => new Set((reply as Reply[]).map(String)));
    const known = new Set((await both(twin(), 2, ['COMMAND', 'LIST'], (reply) => (reply as Reply[]).map(String)))[1]);
    expect(ours.filter((name) => all.has(name)).sort()).toEqual(real.filter((name) => known.has(name)).sort());
  });

  it('GETKEYSANDFLAGS finds in any arguments what Redis finds', async () => {
    const [real, ours] = await both(twin(), 2, ['COMMAND', 'LIST'], (reply) => (reply as Reply[]).map(String));
    const shared = ours.filter((name) => real.includes(name));
    const questions = shared.flatMap((name) => ARGUMENTS.map((rest) => [...name.split('|'), ...rest]));
    const [expected, actual] = await Promise.all(
      [twin().real.port, twin().port].map((port) => askAll(port, questions, ['COMMAND', 'GETKEYSANDFLAGS'])),
    );
    const answers = (replies: readonly string[]) => questions.map((words, i) => `${words.join(' ')}: ${replies[i]}`);
    expect(answers(actual!)).toEqual(answers(expected!));
  });
});

/** Words that mean something somewhere. */
const ARGUMENTS: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['a', 'b'],
  ['a', 'b', 'c'],
  ['1', 'a'],
  ['a', '1', 'b', 'c'],
  ['0', '2', 'a', 'b', 'GET'],
  ['2', '2', '2', 'a', 'STORE', 'b'],
  ['a', 'b', 'c', 'd', 'STORE', 'e', 'STOREDIST', 'f'],
  ['a', 'BY', 'x', 'GET', 'y', 'STORE', 'z'],
  ['COUNT', '1', 'STREAMS', 'a', 'b', '0', '0'],
  ['GROUP', 'g', 'c', 'STREAMS', 'a', '0'],
  ['host', '1', '', '0', '5', 'KEYS', 'a', 'b'],
];

type Fields = Readonly<Record<string, unknown>>;

/** By full name. */
function infos(reply: Reply): Map<string, Fields> {
  const found = new Map<string, Fields>();
  const add = (entry: readonly Reply[]) => {
    const [name, arity, flags, first, last, step, categories, tips, keySpecs, subcommands] = entry;
    found.set(String(name), {
      ...{ arity, first, last, step },
      ...{ flags: plain(flags!), categories: plain(categories!), tips: unordered(tips!) },
      keySpecs: plain(keySpecs!),
    });
    for (const child of items(subcommands!)) add(child as Reply[]);
  };
  for (const entry of items(reply)) add(entry as Reply[]);
  return found;
}

/** By full name. */
function docs(reply: Reply): Map<string, Fields> {
  const found = new Map<string, Fields>();
  for (const [name, documentation] of pairs(reply)) {
    const fields: Record<string, unknown> = {};
    for (const [field, value] of pairs(documentation)) {
      if (field === 'subcommands') for (const [child, told] of docs(value)) found.set(child, told);
      else fields[field] = plain(value);
    }
    // In the order in which they are told.
    found.set(name, { ...fields, order: Object.keys(fields) });
  }
  return found;
}

function pairs(reply: Reply): [string, Reply][] {
  if (reply instanceof Map) return [...reply].map(([name, value]) => [String(name), value]);
  const list = reply as readonly Reply[];
  return list.flatMap((name, i): [string, Reply][] => (i % 2 === 0 ? [[String(name), list[i + 1]!]] : []));
}

function items(reply: Reply): readonly Reply[] {
  return reply instanceof Set ? [...reply] : (reply as readonly Reply[]);
}

function unordered(reply: Reply): unknown {
  return { type: kindOf(reply), values: items(reply).map(plain).map(String).sort() };
}

/** With its types: a map is not an array. */
function plain(reply: Reply): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString();
  if (reply instanceof Map) return { map: [...reply].map(([name, value]) => [plain(name), plain(value)]) };
  if (reply instanceof Set) return { set: [...reply].map(plain) };
  return Array.isArray(reply) ? reply.map(plain) : reply;
}

function kindOf(reply: Reply): string {
  return reply instanceof Set ? 'set' : reply instanceof Map ? 'map' : 'array';
}

function expectSame(real: Map<string, Fields>, ours: Map<string, Fields>, atLeast: number): void {
  const shared = [...ours.keys()].filter((name) => real.has(name));
  expect(shared.length).toBeGreaterThan(atLeast);
  const different = shared.flatMap((name) => {
    const [expected, actual] = [real.get(name)!, ours.get(name)!];
    const fields = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return fields
      .filter((field) => JSON.stringify(expected[field]) !== JSON.stringify(actual[field]))
      .map((field) => ({ name, field, real: expected[field], ours: actual[field] }));
  });
  expect(different).toEqual([]);
  expect([...ours.keys()].filter((name) => !real.has(name) && !LATER.test(name))).toEqual([]);
}

async function both<T>(twin: Twin, protocol: 2 | 3, words: Words, read: (reply: Reply) => T): Promise<[T, T]> {
  const ask = async (port: number) => {
    const client = await RawClient.connect(port, protocol);
    const bytes = await client.ask(words);
    client.close();
    return read(new ReplyDecoder().push(bytes)[0] as Reply);
  };
  return await Promise.all([ask(twin.real.port), ask(twin.port)]);
}

async function askAll(port: number, questions: readonly string[][], before: readonly string[]): Promise<string[]> {
  const client = await RawClient.connect(port);
  client.send(...questions.map((question) => [...before, ...question]));
  const replies = await client.take(questions.length);
  client.close();
  return replies.map((reply) => String(reply).replaceAll('\r\n', ' '));
}
