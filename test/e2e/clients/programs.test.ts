import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../../src/server/index.js';
import { temporaryFolder } from '../../harness/folder.js';
import { executable, requireProgram } from '../../harness/programs.js';

/** The bundled server and clients as they are, none of them told that it is not Redis. */
let server: Server;
let port = 0;

beforeAll(async () => {
  server = await createServer();
  ({ port = 0 } = await server.listen({ port: 0 }));
});
afterAll(() => server.close());
beforeEach(() => server.keyspace.flush(server.keyspace.databases));

interface Ran {
  readonly code: number | null;
  readonly out: string;
}

/** Runs a program until it ends, or until its output holds `until`; `heard` is told what it has said so far. */
function run(
  program: string,
  args: readonly string[],
  input = '',
  until?: RegExp,
  heard: (out: string) => void = () => {},
): Promise<Ran> {
  const child = spawn(executable(program)!, ['-p', String(port), ...args], { timeout: 60_000 });
  child.stdin.end(input);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      heard(out);
      if (until?.test(out)) child.kill();
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}

function fill(count: number): void {
  const session = server.session();
  for (let i = 0; i < count; i++) session.run('SET', `key:${i}`, 'x'.repeat(i));
  session.run('RPUSH', 'list', 'a', 'b', 'c');
  session.run('HSET', 'hash', 'f', 'v');
  session.run('SADD', 'set', 'a', 'b');
  session.close();
}

describe.skipIf(!requireProgram('redis'))('redis-cli', () => {
  it('runs commands given to it, in RESP2 and RESP3', async () => {
    expect((await run('redis-cli', ['SET', 'k', 'v'])).out).toBe('OK\n');
    expect((await run('redis-cli', ['-3', 'GET', 'k'])).out).toBe('v\n');
    expect((await run('redis-cli', ['-3', 'CONFIG', 'GET', 'timeout'])).out).toBe('timeout 0\n');
    expect((await run('redis-cli', ['-n', '3', 'DBSIZE'])).out).toBe('0\n');
    expect((await run('redis-cli', ['NOSUCH'])).out).toMatch(/^ERR unknown command 'NOSUCH'/);
  });

  it('reads commands from a pipe, transactions and help among them', async () => {
    const { out } = await run(
      'redis-cli',
      [],
      'MULTI\nSET a 1\nINCR a\nEXEC\nhelp @string\nCOMMAND COUNT\nINFO server\n',
    );
    expect(out).toMatch(/^OK\nQUEUED\nQUEUED\nOK\n2\n/);
    expect(out).toContain('redis_version:7.0.15');
  });

  it('--scan and --pipe', async () => {
    fill(500);
    const { out } = await run('redis-cli', ['--scan', '--pattern', 'key:*']);
    expect(new Set(out.trim().split('\n')).size).toBe(500);
    const commands = Array.from({ length: 5000 }, (_, i) => `SET piped:${i} ${i}\r\n`).join('');
    expect((await run('redis-cli', ['--pipe'], commands)).out).toContain('errors: 0, replies: 5000');
    expect(server.keyspace.databases[0]!.size).toBe(5503);
  });

  it.each([
    ['--bigkeys', /Biggest string found "key:99" has 99 bytes|Biggest string found '"key:99"' has 99 bytes/],
    ['--memkeys', /-------- summary -------/],
  ])('%s', async (option, text) => {
    fill(100);
    const { code, out } = await run('redis-cli', [option]);
    expect(out).toMatch(text);
    expect(code).toBe(0);
  });

  it('--hotkeys, of keys that are counted', async () => {
    const session = server.session();
    session.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    session.run('SET', 'hot', '1');
    for (let i = 0; i < 100; i++) session.run('GET', 'hot');
    const { code, out } = await run('redis-cli', ['--hotkeys']);
    session.run('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(out).toMatch(/hot key found with counter: \d+\s+keyname: "?hot"?\n/);
    expect(code).toBe(0);
  });

  it('monitor tells what others ask', async () => {
    let asked = false;
    const { out } = await run('redis-cli', ['monitor'], '', /"the end"/, (heard) => {
      if (asked || !heard.startsWith('OK')) return;
      asked = true;
      server.session().run('SET', 'k', 'a "b"\n');
      server.session().run('ECHO', 'the end');
    });
    expect(out).toMatch(/^OK\n\d+\.\d{6} \[0 \S+\] "SET" "k" "a \\"b\\"\\n"\n\d+\.\d{6} \[0 \S+\] "ECHO" "the end"\n$/);
  });

  it('help comes from COMMAND DOCS', async () => {
    const { out } = await run('redis-cli', [], 'help getex\nhelp xinfo stream\n');
    const plain = out.replace(/\u001b\[\d*m|\r/g, '');
    expect(plain).toContain(
      'GETEX key [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST]\n',
    );
    expect(plain).toContain(
      'summary: Get the value of a key and optionally set its expiration\n  since: 6.2.0\n  group: string\n',
    );
    expect(plain).toContain('XINFO STREAM key [FULL [COUNT count]]\n');
  });

  it('-3 shows maps, sets and doubles, and hears of keys it keeps', async () => {
    const lines = 'HSET h f v\nHGETALL h\nSADD s a\nSMEMBERS s\nZADD z 1.5 a\nZSCORE z a\nHELLO\n';
    const { out } = await run('redis-cli', ['-3', '--no-raw'], lines);
    expect(out).toContain('1# "f" => "v"\n(integer) 1\n1~ "a"\n(integer) 1\n(double) 1.5\n1# "server" => "redis"\n');
    const invalidated = await run('redis-cli', ['-3'], 'CLIENT TRACKING on\nGET k\nSET k 1\nPING\n');
    expect(invalidated.out).toBe('OK\n\nOK\nPONG\n');
  });

  it('--stat and --latency go on until they are ended', async () => {
    fill(10);
    const stat = await run('redis-cli', ['--stat', '-i', '0.01'], '', /\n13 .*\n13 .*\n/);
    expect(stat.out).toMatch(/keys\s+mem\s+clients\s+blocked\s+requests\s+connections/);
    expect((await run('redis-cli', ['-i', '0.05', '--latency', '--raw'], '')).out).toMatch(/^\d+ \d+ \d/);
  });

  it('--latency-history tells of each second', async () => {
    const { out } = await run('redis-cli', ['--latency-history', '-i', '1', '--raw'], '', /\d+ \d+ [\d.]+ \d+\n/);
    expect(out).toMatch(/\d+ \d+ [\d.]+ \d+\n/);
  });

  it.each([
    ['--rdb', 3],
    ['--functions-rdb', 0],
  ])('%s fetches a file that redis-check-rdb accepts', async (option, keys) => {
    using folder = temporaryFolder();
    fill(0);
    server.session().run('FUNCTION', 'LOAD', 'REPLACE', '#!lua name=l\nredis.register_function("f", function() end)');
    server.settings.disklessSyncDelay = 0;
    const { code, out } = await run('redis-cli', [option, folder.file('fetched.rdb')]);
    expect(out).toContain('Transfer finished with success');
    expect(code).toBe(0);
    const { stdout } = spawnSync(executable('redis-check-rdb')!, [folder.file('fetched.rdb')], { encoding: 'utf8' });
    expect(stdout).toContain('RDB looks OK!');
    expect(stdout).toContain(`[info] ${keys} keys read`);
    expect(readFileSync(folder.file('fetched.rdb'), 'latin1')).toContain('register_function');
    await expect.poll(() => server.replication.replicas.size).toBe(0);
  });

  it('speaks binary keys, CSV and JSON, and fails with -e where the server does', async () => {
    expect((await run('redis-cli', ['--quoted-input', 'SET', '"\\x00k"', '"v\\n"'])).out).toBe('OK\n');
    expect(server.session().run('STRLEN', '\x00k')).toBe(2);
    fill(0);
    expect((await run('redis-cli', ['--csv', 'LRANGE', 'list', '0', '-1'])).out).toBe('"a","b","c"\n');
    expect((await run('redis-cli', ['--json', 'HGETALL', 'hash'])).out).toBe('{"f":"v"}\n');
    expect((await run('redis-cli', ['-e', 'NOSUCH'])).code).toBe(1);
  });

  it('evaluates a script from a file', async () => {
    expect((await run('redis-cli', ['-x', 'EVAL', 'return ARGV[1]', '0'], 'from stdin')).out).toBe('from stdin\n');
  });
});

describe.skipIf(!requireProgram('redis'))('redis-benchmark', () => {
  it('runs every test', async () => {
    const { code, out } = await run('redis-benchmark', ['-n', '400', '-c', '10', '-P', '4', '-q']);
    expect(out).not.toMatch(/Error|WARNING/);
    const names = [...out.matchAll(/^([A-Z_]+)[^:\n]*: [\d.]+ requests per second/gm)].map(([, name]) => name);
    expect(names).toEqual([
      'PING_INLINE',
      'PING_MBULK',
      'SET',
      'GET',
      'INCR',
      'LPUSH',
      'RPUSH',
      'LPOP',
      'RPOP',
      'SADD',
      'HSET',
      'SPOP',
      'ZADD',
      'ZPOPMIN',
      'LPUSH',
      'LRANGE_',
      'LRANGE_',
      'LRANGE_',
      'LRANGE_',
      'MSET',
    ]);
    expect(code).toBe(0);
  });

  it.each([
    ['ping', 2],
    ['set,get,incr', 3],
    ['lpush,rpush,lpop,rpop', 4],
    ['sadd,spop,hset', 3],
    ['zadd,zpopmin', 2],
    ['lrange,mset', 6],
  ])('runs -t %s in RESP3 too', async (tests, count) => {
    const { code, out } = await run('redis-benchmark', ['-3', '-n', '100', '-c', '5', '-q', '-t', tests]);
    expect(out).not.toMatch(/Error|WARNING/);
    expect([...out.matchAll(/requests per second/g)]).toHaveLength(count);
    expect(code).toBe(0);
  });

  it('runs a script and reports as CSV', async () => {
    const { out } = await run('redis-benchmark', ['-n', '100', '--csv', 'EVAL', 'return 1', '0']);
    expect(out).toMatch(/"EVAL return 1 0","\d/);
  });
});

describe.each([
  ['ioredis', 2, () => new Redis({ port, protocol: 2 })],
  ['ioredis', 3, () => new Redis({ port, protocol: 3 })],
  ['iovalkey', 2, () => new Valkey({ port }) as unknown as Redis],
] as const)('%s, RESP%i', (_, protocol, connect) => {
  it('has a session', async () => {
    const redis = connect();
    try {
      expect(await redis.set('k', 'v', 'EX', 100)).toBe('OK');
      expect(await redis.mget('k', 'missing')).toEqual(['v', null]);
      expect(await redis.multi().incr('n').get('n').exec()).toEqual([
        [null, 1],
        [null, '1'],
      ]);
      expect(await redis.pipeline().set('a', 1).get('a').exec()).toEqual([
        [null, 'OK'],
        [null, '1'],
      ]);
      redis.defineCommand('double', { numberOfKeys: 1, lua: 'return redis.call("get", KEYS[1]) * 2' });
      expect(await (redis as unknown as { double(key: string): Promise<number> }).double('a')).toBe(2);
      expect((await redis.client('INFO')) as string).toContain(`resp=${protocol}`);
    } finally {
      redis.disconnect();
    }
  });

  it('subscribes, and hears of keys', async () => {
    server.settings.notifyFlags = 0;
    const redis = connect();
    const subscriber = redis.duplicate();
    try {
      await redis.config('SET', 'notify-keyspace-events', 'KEA');
      const messages: string[] = [];
      const heard = new Promise<void>((resolve) => {
        subscriber.on('pmessage', (_, channel, message) => {
          messages.push(`${channel} ${message}`);
          if (messages.length === 2) resolve();
        });
      });
      await subscriber.psubscribe('news*', '__keyevent@0__:set');
      await redis.publish('news:today', 'hello');
      await redis.set('k', 'v');
      await heard;
      expect(messages).toEqual(['news:today hello', '__keyevent@0__:set k']);
    } finally {
      redis.disconnect();
      subscriber.disconnect();
    }
  });

  it('waits for an element that another client pushes', async () => {
    const redis = connect();
    const other = connect();
    try {
      const popped = redis.blpop('queue', 10);
      await expect.poll(() => server.blocking.clients).toBe(1);
      await other.rpush('queue', 'job');
      expect(await popped).toEqual(['queue', 'job']);
    } finally {
      redis.disconnect();
      other.disconnect();
    }
  });
});

describe('node-redis', () => {
  it.each([2, 3] as const)('speaks RESP%i', async (RESP) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP, name: 'mine' });
    await client.connect();
    try {
      expect(await client.set('k', 'v')).toBe('OK');
      expect(await client.get('k')).toBe('v');
      expect(await client.clientGetName()).toBe('mine');
      expect(await client.multi().incr('n').get('n').exec()).toEqual([1, '1']);
      expect(await client.hSet('h', { a: '1', b: '2' })).toBe(2);
      expect({ ...(await client.hGetAll('h')) }).toEqual({ a: '1', b: '2' });
      expect(await client.configGet('maxclients')).toEqual({ maxclients: '10000' });
      expect(await client.eval('return {KEYS[1], ARGV[1]}', { keys: ['k'], arguments: ['a'] })).toEqual(['k', 'a']);
      const keys: string[] = [];
      for await (const page of client.scanIterator()) keys.push(...page);
      expect(keys.sort()).toEqual(['h', 'k', 'n']);
    } finally {
      client.destroy();
    }
  });

  it('subscribes to channels, patterns and shard channels', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    const subscriber = await client.duplicate().connect();
    try {
      const heard: string[] = [];
      const listen = (message: string, channel: string) => void heard.push(`${channel} ${message}`);
      await subscriber.subscribe('a', listen);
      await subscriber.pSubscribe('b*', listen);
      await subscriber.sSubscribe('c', listen);
      expect(await client.publish('a', '1')).toBe(1);
      expect(await client.publish('bb', '2')).toBe(1);
      expect(await client.sPublish('c', '3')).toBe(1);
      await expect.poll(() => heard).toEqual(['a 1', 'bb 2', 'c 3']);
      await subscriber.unsubscribe('a');
      expect(await client.publish('a', '4')).toBe(0);
    } finally {
      client.destroy();
      subscriber.destroy();
    }
  });
});
