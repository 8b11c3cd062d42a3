import { describe, expect, it } from 'vitest';
import type { Reply } from '../../src/resp/reply.js';
import { ReplyDecoder } from '../../src/resp/reply-decoder.js';
import { RawClient } from '../harness/raw-client.js';
import { describeTwin, twinSuite } from '../harness/twin.js';
import { masking, shape, unorderedPairs } from '../harness/twin-compare.js';

const skip = ['events', 'effects', 'dataset'] as const;
/** What differs from run to run in a client's line. */
const clientLine = masking(
  /(?<= )(?:l?addr|fd|age|idle|qbuf|qbuf-free|rbs|rbp|tot-mem|argv-mem|multi-mem|lib-name|lib-ver)=\S*|id=\d+|^[$=]\d+/g,
);

twinSuite(
  'clients',
  {
    'name themselves': [
      'CLIENT GETNAME',
      'CLIENT SETNAME me',
      'CLIENT GETNAME',
      'CLIENT SETNAME "a b"',
      'CLIENT SETNAME ""',
      'CLIENT GETNAME',
      'CLIENT ID x',
      { run: 'CLIENT ID', compare: shape },
    ],
    'are listed': [
      'CLIENT SETNAME me',
      { run: 'CLIENT INFO', compare: clientLine },
      'SELECT 3',
      'WATCH k',
      'MULTI',
      'SET k v',
      'EXEC',
      { run: 'CLIENT INFO', compare: clientLine },
      'CLIENT NO-EVICT on',
      { run: 'CLIENT INFO', compare: clientLine },
      'CLIENT LIST TYPE foo',
      'CLIENT LIST ID x',
      'CLIENT LIST ID 99999999',
      'CLIENT LIST ID 0',
      'CLIENT LIST FOO',
      'CLIENT LIST TYPE master',
      'CLIENT INFO x',
    ],
    'are killed': [
      'CLIENT KILL 1.1.1.1:5',
      'CLIENT KILL ADDR',
      'CLIENT KILL ADDR 1.1.1.1:5',
      'CLIENT KILL LADDR 1.1.1.1:5',
      'CLIENT KILL ID x',
      'CLIENT KILL ID 0',
      'CLIENT KILL ID 99999999',
      'CLIENT KILL FOO bar',
      'CLIENT KILL ID 5 FOO',
      'CLIENT KILL TYPE foo',
      'CLIENT KILL TYPE master',
      'CLIENT KILL SKIPME foo',
      'CLIENT KILL USER foo',
    ],
    'are silenced': [
      { run: 'CLIENT REPLY OFF', replies: 0 },
      { run: 'PING', replies: 0 },
      { run: 'CLIENT REPLY SKIP', replies: 0 },
      { run: 'NOSUCH', replies: 0 },
      'CLIENT REPLY ON',
      { run: 'CLIENT REPLY SKIP', replies: 0 },
      { run: 'PING first', replies: 0 },
      'PING second',
      { run: 'CLIENT REPLY SKIP', replies: 0 },
      { run: 'CLIENT REPLY SKIP', replies: 0 },
      { run: 'PING first', replies: 0 },
      'PING third',
      'CLIENT REPLY FOO',
    ],
    'are paused: errors': [
      'CLIENT PAUSE x',
      'CLIENT PAUSE -1',
      'CLIENT PAUSE 1 FOO',
      'CLIENT PAUSE 1 WRITE x',
      'CLIENT UNPAUSE',
    ],
    'paused writers wait, readers do not': [
      'SET k old',
      'CLIENT PAUSE 100000 WRITE',
      { run: 'SET k new', on: 'writer', replies: 0 },
      { run: 'GET k', on: 'reader' },
      { run: 'PING', on: 'reader' },
      'CLIENT UNPAUSE',
      { on: 'writer', replies: 1 },
      'GET k',
    ],
    'blocked ones are unblocked: errors': [
      'CLIENT UNBLOCK x',
      'CLIENT UNBLOCK 99999999',
      'CLIENT UNBLOCK 5 FOO',
      'CLIENT UNBLOCK 5 error x',
    ],
    'do not track': [
      'CLIENT GETREDIR',
      'CLIENT TRACKINGINFO',
      'CLIENT TRACKING off',
      'CLIENT TRACKING foo',
      'CLIENT CACHING yes',
    ],
    'ask for nonsense': ['CLIENT', 'CLIENT FOO', 'CLIENT NO-EVICT x', 'HELLO 4', 'HELLO x', 'HELLO 3 FOO'],
    'RESET forgets': [
      'CLIENT SETNAME me',
      'SELECT 5',
      'MULTI',
      'RESET',
      'CLIENT GETNAME',
      { run: 'CLIENT INFO', compare: clientLine },
    ],
    'QUIT says OK': ['QUIT'],
  },
  { skip },
);

twinSuite(
  'commands about commands',
  {
    GETKEYS: [
      'COMMAND GETKEYS GET a',
      'COMMAND GETKEYS GET',
      'COMMAND GETKEYS GET a b',
      'COMMAND GETKEYS PING x',
      'COMMAND GETKEYS NOSUCH a',
      'COMMAND GETKEYS MSET a 1 b 2',
      'COMMAND GETKEYS EVAL x 2 a b c',
      'COMMAND GETKEYS EVAL x 0',
      'COMMAND GETKEYS OBJECT ENCODING a',
      'COMMAND GETKEYSANDFLAGS GET a',
      'COMMAND GETKEYSANDFLAGS SET a b',
      'COMMAND GETKEYSANDFLAGS SET a b GET',
      'COMMAND GETKEYSANDFLAGS MSET a 1 b 2',
      'COMMAND GETKEYSANDFLAGS EVAL x 1 a',
    ],
    LIST: [
      'COMMAND LIST FILTERBY MODULE x',
      'COMMAND LIST FILTERBY ACLCAT nosuch',
      'COMMAND LIST FILTERBY PATTERN client|id',
      'COMMAND LIST FILTERBY FOO x',
      'COMMAND LIST FOO',
    ],
    'INFO and DOCS of what is not there': ['COMMAND INFO nosuch client|nosuch', 'COMMAND DOCS nosuch', 'COMMAND FOO'],
    'help texts': [
      'COMMAND HELP',
      'CLIENT HELP',
      'CONFIG HELP',
      'MEMORY HELP',
      'SLOWLOG HELP',
      'LATENCY HELP',
      'MODULE HELP',
    ],
  },
  { skip },
);

twinSuite(
  'the server',
  {
    'CONFIG GET': [
      { run: 'CONFIG GET maxmemory timeout', compare: unorderedPairs },
      'CONFIG GET nosuch',
      'CONFIG GET LUA-TIME-LIMIT',
      { run: 'CONFIG GET hash-max-*', compare: unorderedPairs },
      'CONFIG GET client-output-buffer-limit',
    ],
    'CONFIG SET': [
      'CONFIG SET nosuch x',
      'CONFIG SET maxclients',
      'CONFIG SET maxclients 10 timeout',
      'CONFIG SET maxclients x',
      'CONFIG SET maxclients 0',
      'CONFIG SET maxclients 10 maxclients 20',
      'CONFIG SET timeout 5 nosuch 6',
      'CONFIG SET timeout 5 lua-time-limit x',
      'CONFIG GET timeout',
      'CONFIG SET timeout 5 maxmemory 100mb',
      { run: 'CONFIG GET timeout maxmemory', compare: unorderedPairs },
      'CONFIG SET timeout 0 maxmemory 0',
      'CONFIG SET maxmemory 1x',
      'CONFIG SET maxmemory -1',
      'CONFIG SET maxmemory-clients 5%',
      'CONFIG GET maxmemory-clients',
      'CONFIG SET maxmemory-policy nosuch',
      'CONFIG SET protected-mode maybe',
      'CONFIG SET databases 5',
      'CONFIG SET dir /tmp',
      'CONFIG SET save "3600 1"',
      'CONFIG GET save',
      'CONFIG SET save "3600"',
      'CONFIG SET save ""',
      'CONFIG GET save',
      'CONFIG SET client-output-buffer-limit "normal 1mb 2 3"',
      'CONFIG GET client-output-buffer-limit',
      'CONFIG SET client-output-buffer-limit "foo 1 2 3"',
      'CONFIG SET client-output-buffer-limit "normal 1 2"',
      'CONFIG SET client-output-buffer-limit "normal 0 0 0"',
      'CONFIG SET hash-max-ziplist-entries 5',
      'CONFIG GET hash-max-listpack-entries',
      'CONFIG SET hash-max-ziplist-entries 512',
      'CONFIG SET latency-tracking-info-percentiles "101"',
      'CONFIG SET oom-score-adj-values "1 2"',
      'CONFIG REWRITE',
      'CONFIG RESETSTAT',
      'CONFIG FOO',
    ],
    'small ones': [
      { run: 'TIME', compare: shape },
      'TIME x',
      { run: 'LASTSAVE', compare: shape },
      'INFO nosuch',
      'MODULE LIST',
      'ACL WHOAMI',
      'ACL USERS',
      'ACL CAT',
      'ACL CAT nosuch',
      { run: 'ACL GENPASS', compare: masking(/[0-9a-f]{64}/) },
      { run: 'ACL GENPASS 5', compare: masking(/(?<=\n)[0-9a-f]{2}/) },
      'ACL GENPASS 0',
      'SHUTDOWN FOO',
      'SHUTDOWN ABORT',
      'SHUTDOWN SAVE NOSAVE',
      'REPLICAOF x',
      'LATENCY LATEST',
      'LATENCY HISTORY x',
      'LATENCY GRAPH x',
      'LATENCY RESET',
      'LATENCY DOCTOR',
      'MEMORY DOCTOR',
      'MEMORY USAGE nosuch',
      'MEMORY USAGE nosuch SAMPLES x',
      'MEMORY USAGE nosuch FOO 1',
      'MEMORY PURGE',
    ],
    'the slow log': [
      'CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 2',
      'SLOWLOG RESET',
      'PING one',
      { run: 'SLOWLOG LEN', compare: shape },
      { run: 'SLOWLOG GET', compare: masking(/(?<=:)\d+|127\.0\.0\.1:\d+|\$1[45]/g) },
      'CONFIG SET slowlog-log-slower-than -1',
      'SLOWLOG RESET',
      'SLOWLOG GET',
      'SLOWLOG GET -2',
      'SLOWLOG GET x',
      'SLOWLOG FOO',
      'CONFIG SET slowlog-log-slower-than 10000 slowlog-max-len 128',
    ],
    'DEBUG, as far as it goes': [
      'DEBUG',
      'DEBUG FOO',
      'DEBUG SLEEP',
      'DEBUG SLEEP 0',
      'DEBUG SET-ACTIVE-EXPIRE 1',
      'DEBUG OBJECT nosuch',
      'DEBUG ERROR "MINE my own"',
      ...['string', 'integer', 'double', 'bignum', 'null', 'array', 'set', 'map', 'verbatim', 'true', 'false'].map(
        (type) => `DEBUG PROTOCOL ${type}`,
      ),
      'DEBUG PROTOCOL nosuch',
    ],
    'monitors see what others run': [
      'PING',
      { run: 'MONITOR', on: 'monitor' },
      'SET k "a\\x00\\"b"',
      'SET missing',
      'CONFIG GET maxclients',
      'EVAL "return redis.call(\'get\', KEYS[1])" 1 k',
      { on: 'monitor', replies: 3, compare: masking(/\+\d+\.\d+|127\.0\.0\.1:\d+/g) },
      { run: 'GET k', on: 'monitor' },
      { run: 'RESET', on: 'monitor' },
      { run: 'GET k', on: 'monitor' },
    ],
  },
  { skip },
);

type Described = Readonly<Record<string, unknown>>;

describeTwin('COMMAND INFO and DOCS', {}, (twin) => {
  it('tell of every command what Redis tells', async () => {
    const [real, ours] = await Promise.all([describeCommands(twin().real.port), describeCommands(twin().port)]);
    const shared = [...ours.keys()].filter((name) => real.has(name));
    expect(shared.length).toBeGreaterThan(170);
    for (const name of shared) expect(ours.get(name), name).toEqual(real.get(name));
    // Of later versions.
    expect([...ours.keys()].filter((name) => !real.has(name)).sort()).toEqual(['client|no-touch', 'client|setinfo']);
  });
});

describe('names', () => {
  it('are found in any case', async () => {
    const { Server } = await import('../../src/server/server.js');
    const server = new Server();
    expect(server.session().run('cLiEnT', 'GeTnAmE')).toBeNull();
    await server.close();
  });
});

async function describeCommands(port: number): Promise<Map<string, Described>> {
  const info = await ask(port, ['COMMAND', 'INFO']);
  const docs = await ask(port, ['COMMAND', 'DOCS']);
  const found = new Map<string, Described>();
  for (const entry of info as Reply[][]) addInfo(found, entry);
  addDocs(found, docs as Reply[]);
  return found;
}

function addInfo(found: Map<string, Described>, entry: readonly Reply[]): void {
  const [name, arity, flags, first, last, step, categories, hints, keys, children] = entry;
  const names = (list: Reply | undefined) => (list as Reply[]).map(String).sort();
  found.set(String(name), {
    arity,
    flags: names(flags),
    range: [first, last, step],
    categories: names(categories),
    hints: names(hints),
    keys: plain(keys!),
  });
  for (const child of children as Reply[][]) addInfo(found, child);
}

function addDocs(found: Map<string, Described>, docs: readonly Reply[]): void {
  for (let i = 0; i < docs.length; i += 2) {
    const fields = pairs(docs[i + 1] as Reply[]);
    const name = String(docs[i]);
    const kept = ['summary', 'since', 'group', 'complexity'].map((field) => String(fields.get(field)));
    found.set(name, { ...found.get(name), documentation: kept });
    addDocs(found, (fields.get('subcommands') ?? []) as Reply[]);
  }
}

function pairs(list: readonly Reply[]): Map<string, Reply> {
  const map = new Map<string, Reply>();
  for (let i = 0; i < list.length; i += 2) map.set(String(list[i]), list[i + 1]!);
  return map;
}

function plain(reply: Reply): unknown {
  return Array.isArray(reply) ? reply.map(plain) : Buffer.isBuffer(reply) ? reply.toString() : reply;
}

async function ask(port: number, words: string[]): Promise<Reply> {
  const client = await RawClient.connect(port);
  try {
    return new ReplyDecoder().push(await client.ask(words))[0] as Reply;
  } finally {
    client.close();
  }
}
