import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfigured } from '../../../src/stores/factory.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { CUTS, connectionsGone } from '../../harness/cuts.js';
import { TestDaemon } from '../../harness/daemon.js';
import { Wire } from '../../harness/wire.js';

const CONFIG = `
[store.local]
type = "embedded"
key-prefix = "mail:"
[store.down]
type = "redis"
url = "redis://127.0.0.1:1"
retry.total = 0
[store.one]
type = "embedded"
[store.two]
type = "embedded"
[store.shards]
type = "sharded-in-memory"
stores = ["one", "two"]
[server.listener.shards]
protocol = "resp"
bind = "127.0.0.1:0"
store = "shards"
write = true
[server.listener.all]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
write = true
[server.listener.readers]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
[server.listener.fenced]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
write = true
prefix = "app:"
password = "s3cret"
commands = ["get", "set", "DEL"]
[server.listener.down]
protocol = "resp"
bind = "127.0.0.1:0"
store = "down"
`;

let daemon: TestDaemon;
let local: LookupStore;

beforeAll(async () => {
  daemon = await TestDaemon.start(CONFIG, {
    openStore: async (config) => {
      const store = await openConfigured(config);
      if (config.id === 'local') local = store;
      return store;
    },
  });
});

afterAll(() => daemon.stop());

/** What is sent in one piece, and the whole of what comes back. */
async function talk(listener: string, said: string, heard: string): Promise<void> {
  const wire = await Wire.connect(daemon.address(listener));
  wire.send(said.replaceAll('\n', '\r\n'));
  await wire.expect(heard.replaceAll('\n', '\r\n'));
  wire.close();
}

describe('a store as a Redis', () => {
  test('answers commands in their order, also those that were sent together', async () => {
    const said = Array.from({ length: 50 }, (_, i) => `SET k ${i}\nGET k\nINCR n\n`).join('');
    const heard = Array.from({ length: 50 }, (_, i) => `+OK\n$${`${i}`.length}\n${i}\n:${i + 1}\n`).join('');
    await talk('all', said, heard);
    expect(await local.getText('k')).toBe('49');
  });

  test('byte by byte, with bytes that are no text', async () => {
    const wire = await Wire.connect(daemon.address('all'));
    const said = Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n\xff\0\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n', 'latin1');
    for (const byte of said) wire.send(Buffer.of(byte));
    await wire.expect(Buffer.from('+OK\r\n$2\r\n\xff\0\r\n', 'latin1'));
    wire.halfClose();
    await wire.expectEnd();
  });

  test.each([
    ['a hash in RESP2', 'DEL h\nHSET h f v\nHGETALL h\n', ':0\n:1\n*2\n$1\nf\n$1\nv\n'],
    ['nothing', 'GET missing\nHGET missing f\n', '$-1\n$-1\n'],
    [
      'a wrong type',
      'DEL l\nRPUSH l a\nGET l\n',
      ':0\n:1\n-WRONGTYPE Operation against a key holding the wrong kind of value\n',
    ],
    ['a word that is no number', 'SET t x\nINCR t\n', '+OK\n-ERR value is not an integer or out of range\n'],
    [
      'a transaction',
      'MULTI\nSET a 1\nINCR a\nLPUSH a x\nEXEC\n',
      '+OK\n+QUEUED\n+QUEUED\n+QUEUED\n*3\n+OK\n:2\n-WRONGTYPE Operation against a key holding the wrong kind of value\n',
    ],
    ['a transaction given up', 'MULTI\nSET a 9\nDISCARD\nGET a\n', '+OK\n+QUEUED\n+OK\n$1\n2\n'],
    [
      'a transaction with a mistake',
      'MULTI\nFLUSHALL\nEXEC\n',
      "+OK\n-ERR 'flushall' is not offered here: commands on keys are\n-EXECABORT Transaction discarded because of previous errors.\n",
    ],
    ['EXEC alone', 'EXEC\n', '-ERR EXEC without MULTI\n'],
    [
      'what clients say first',
      'SELECT 0\nSELECT 1\nCLIENT SETNAME x\nCLIENT GETNAME\nPING\nPING hi\nECHO hi\n',
      '+OK\n-ERR DB index is out of range\n+OK\n$1\nx\n+PONG\n$2\nhi\n$2\nhi\n',
    ],
    ['the end', 'PING\nQUIT\nPING\n', '+PONG\n+OK\n'],
    ['what is no RESP', '*x\n', '-ERR Protocol error: invalid multibulk length\n'],
  ])('%s', async (_, said, heard) => {
    await talk('all', said, heard);
  });

  test('RESP3 from HELLO on, and not before', async () => {
    const wire = await Wire.connect(daemon.address('all'));
    wire.send('DEL h\r\nHSET h f v\r\nHGETALL h\r\nHELLO 3\r\nHGETALL h\r\n');
    await wire.readUntil('*2\r\n$1\r\nf\r\n$1\r\nv\r\n%7\r\n');
    await wire.readUntil('$7\r\nmodules\r\n*0\r\n');
    await wire.expect('%1\r\n$1\r\nf\r\n$1\r\nv\r\n');
    wire.close();
  });

  test('takes commands on keys of all its shards', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const set = keys.map((key) => `${key} ${key}`).join(' ');
    const values = keys.map((key) => `$${key.length}\n${key}\n`).join('');
    const all = keys.join(' ');
    await talk('shards', `MSET ${set}\nMGET ${all}\nDEL ${all}\nEXISTS ${all}\n`, `+OK\n*20\n${values}:20\n:0\n`);
  });

  test('that is down says so', async () => {
    const wire = await Wire.connect(daemon.address('down'));
    wire.send('GET k\r\n');
    expect((await wire.readUntil('\r\n')).toString()).toMatch(
      /^-ERR store "down" at 127\.0\.0\.1:1: command: cannot connect/,
    );
    wire.close();
  });
});

describe('a client that is gone in the middle has written nothing', () => {
  describe.each(CUTS)('%s', (_, cut) => {
    test.each([
      ['of a transaction', 'MULTI\nSET cut 1\nINCR cut\n', '+OK\n+QUEUED\n+QUEUED\n', ''],
      ['of EXEC', 'MULTI\nSET cut 1\n', '+OK\n+QUEUED\n', 'EXEC'],
      ['of a line', 'PING\n', '+PONG\n', 'SET cut 1'],
      ['of a value', 'PING\n', '+PONG\n', '*3\n$3\nSET\n$3\ncut\n$5\nhal'],
      ['of the end of a value', 'PING\n', '+PONG\n', '*3\n$3\nSET\n$3\ncut\n$5\nwhole'],
    ])('%s', async (_, said, heard, begun) => {
      const wire = await Wire.connect(daemon.address('all'));
      wire.send(said.replaceAll('\n', '\r\n'));
      await wire.expect(heard.replaceAll('\n', '\r\n'));
      wire.send(begun.replaceAll('\n', '\r\n'));
      await cut(wire);
      await connectionsGone(daemon, 'all');
      expect(await local.exists('cut')).toBe(false);
      await talk('all', 'GET cut\n', '$-1\n');
    });
  });
});

describe('what a listener does not allow', () => {
  test.each([
    ['a write', 'readers', 'SET k v\n', "-NOPERM This user has no permissions to run the 'set' command\n"],
    ['a script', 'all', 'EVAL x 0\n', "-ERR 'eval' is not offered here: commands on keys are\n"],
    ['a command without keys', 'all', 'KEYS *\n', "-ERR 'keys' is not offered here: commands on keys are\n"],
    ['to wait', 'all', 'BLPOP l 0\n', "-ERR 'blpop' is not offered here: commands on keys are\n"],
    ['anything before the password', 'fenced', 'GET k\n', '-NOAUTH Authentication required.\n'],
    ['a wrong password', 'fenced', 'AUTH x\n', '-WRONGPASS invalid username-password pair or user is disabled.\n'],
    [
      'another command',
      'fenced',
      'AUTH s3cret\nTTL k\n',
      "+OK\n-NOPERM This user has no permissions to run the 'ttl' command\n",
    ],
  ])('%s', async (_, listener, said, heard) => {
    await talk(listener, said, heard);
  });

  test('other keys than those behind the prefix', async () => {
    await talk(
      'fenced',
      'AUTH default s3cret\nSET x inside\nMULTI\nGET x\nDEL x y\nEXEC\n',
      '+OK\n+OK\n+OK\n+QUEUED\n+QUEUED\n*2\n$6\ninside\n:1\n',
    );
    await local.set('app:x', 'set beside');
    await talk('fenced', 'AUTH s3cret\nGET x\nGET app:x\n', '+OK\n$10\nset beside\n$-1\n');
    expect(await local.command('EXISTS', 'mail:app:x')).toBe(1);
  });
});

describe('clients', () => {
  test('ioredis', async () => {
    const client = new Redis({ port: daemon.port('fenced'), password: 's3cret', lazyConnect: true });
    await client.connect();
    await client.set('io', 'redis');
    expect(await client.multi().get('io').del('io').exec()).toEqual([
      [null, 'redis'],
      [null, 1],
    ]);
    client.disconnect();
  });

  test('node-redis, with RESP3', async () => {
    const client = createClient({ RESP: 3, socket: { port: daemon.port('all'), host: '127.0.0.1' } });
    await client.connect();
    await client.hSet('node', { a: '1', b: '2' });
    expect({ ...(await client.hGetAll('node')) }).toEqual({ a: '1', b: '2' });
    expect(await client.mGet(['missing', 'k'])).toEqual([null, '49']);
    client.destroy();
  });
});
