import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directives } from '../../src/server/configuration/directives.js';
import { listenAsConfigured } from '../../src/server/launch.js';
import { Server } from '../../src/server/server.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient, splitReply, type Words } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';

/**
 * Every directive of redis.conf, here and in redis-server: its name and default, which values CONFIG SET takes, what it
 * tells of them afterwards, and in which words it refuses the others.
 */
let real: RedisServer;
let ours: Server;
let ports: readonly [real: number, ours: number];
let clients: readonly [real: RawClient, ours: RawClient];

/** What the harness says to redis-server, taken back. */
const AS_INSTALLED = {
  save: '3600 1 300 100 60 10000',
  'repl-diskless-sync-delay': '5',
  'repl-ping-replica-period': '10',
};

/** Defaults that differ, and why. */
const OWN_DEFAULTS: Readonly<Record<string, string>> = {
  bind: 'loopback only, unless told otherwise',
  port: 'chosen by the test',
  dir: 'chosen by the test',
  unixsocket: 'chosen by the test',
};

const INTEGERS = [
  '0',
  '1',
  '-1',
  '2',
  '7',
  '64',
  '100',
  '101',
  '512',
  '1000',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '-2147483648',
  '4294967295',
  '4294967296',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
];
const SIZES = ['1k', '1kb', '10MB', '2gb', '1tb', '1 mb', '1.5mb', '-1kb', 'kb', 'b'];
const WORDS = [
  '',
  'x',
  'yes',
  'NO',
  'Yes',
  'maybe',
  ' 1',
  '1 ',
  '01',
  '+1',
  '0x10',
  '1e3',
  '5%',
  '100%',
  '101%',
  'a b',
  '"q"',
  'a/b',
  '..',
];
const CHOICES = [
  'everysec',
  'ALWAYS',
  'allkeys-lru',
  'Volatile-TTL',
  'debug',
  'Warning',
  'allchannels',
  'clients',
  'swapdb',
  'absolute',
  'hostname',
  'panic',
  'optional',
  'systemd',
];
const COMMON = [...INTEGERS, ...SIZES, ...WORDS, ...CHOICES];

/** What would cut off the clients that ask, move what listens, or take long: only these values. */
const CAREFUL: Readonly<Record<string, readonly string[]>> = {
  port: ['x', '-1', '65536', ''],
  'tls-port': ['x', '-1', '65536', ''],
  bind: [Array.from({ length: 17 }, () => '127.0.0.1').join(' ')],
  maxclients: ['x', '', '0', '-1', '4294967296', '100', '5000', '1kb'],
  timeout: ['x', '', '-1', '2147483648', '100', '2147483647'],
  dir: ['/nosuch', ''],
  requirepass: ['secret', ''],
  'maxmemory-clients': [
    'x',
    '',
    '-1',
    '-5%',
    '101%',
    '100%',
    '5%',
    '0%',
    '1gb',
    '100mb',
    '%',
    '1.5%',
    '05%',
    '+5%',
    '0',
  ],
  'client-output-buffer-limit': [
    'normal 1gb 0 0',
    'slave 256mb 64mb 60',
    'replica 1gb 512mb 10 pubsub 1mb 1mb 1',
    'pubsub 1k 1k 1',
    'PubSub 1b 1b 1',
    'normal 0 0',
    'normal 0 0 0 0',
    'normal 0 0 -1',
    'normal x 0 0',
    'normal 0 1x 0',
    'normal 0 0 x',
    'master 0 0 0',
    'nosuch 0 0 0',
    '',
    ' ',
    'normal  0 0 0',
    'normal 0 0 0 ',
    'normal 0 0 1.5',
    'normal 0 0 +1',
    'normal 0 0 01',
  ],
};

/** Values beside the common ones. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  save: [
    '3600 1',
    '3600 1 60 5',
    '60 0',
    '0 1',
    '1',
    '1 2 3',
    '1 x',
    'x 1',
    '-1 1',
    '1 -1',
    '1  1',
    ' 1 1',
    '1 1 ',
    '""',
    '1 +1',
    '01 01',
  ],
  'notify-keyspace-events': [
    '',
    'K',
    'KEA',
    'AKE',
    'g$lshzxetd',
    'Kn',
    'Em',
    'KEAmn',
    'KEg$lshzxetdn',
    'q',
    'K E',
    'A',
    'KA',
    'lK',
  ],
  'oom-score-adj-values': [
    '0 200 800',
    '1 2 3',
    '1 2',
    '1 2 3 4',
    '-2000 0 2000',
    '-2001 0 0',
    '0 0 2001',
    'a b c',
    '800 200 0',
    '1  2 3',
    '01 2 3',
    '+1 2 3',
    '1.5 2 3',
  ],
  'latency-tracking-info-percentiles': [
    '50 99 99.9',
    '0 100',
    '50',
    '',
    '101',
    '-1',
    '50 x',
    '99.99999',
    '1e1',
    '50  60',
    '0.1',
    '.5',
    '5.',
    'nan',
    'inf',
    '+5',
    '0x10',
  ],
  'shutdown-on-sigint': [
    'default',
    'save',
    'nosave',
    'NOW force',
    'save nosave',
    'nosave now force',
    'x',
    '',
    'default save',
    'now  force',
    'force now save',
  ],
  'shutdown-on-sigterm': ['default', 'nosave force', 'x'],
  'proc-title-template': [
    '{title}',
    '{title} {listen-addr} {server-mode} {port} {tls-port} {unixsocket} {config-file}',
    '{nosuch}',
    '{title',
    '{}',
    '',
  ],
  'cluster-announce-hostname': ['host.example.com', 'a_b', 'ho st', 'x'.repeat(255), 'x'.repeat(256)],
  'replica-announce-ip': ['192.0.2.1', 'host.example.com'],
  dbfilename: ['other.rdb', 'a/b', ''],
};

/** Directives whose values here are not those of redis-server, and why. */
const OWN_VALUES: Readonly<Record<string, string>> = {
  'tls-cluster': 'TLS is for clients only: refused in other words',
  'tls-replication': 'certificates are read when a link is made, not when it is set',
  'watchdog-period': 'there is no watchdog; redis-server makes short periods longer',
};

/** Kept as doubles, of which the nearest to 2^63 - 1 is 2^63: told as that where more would be allowed. */
const ROUNDED: readonly string[] = ['maxmemory', 'cluster-link-sendbuf-limit'];

async function ask(client: RawClient, words: Words): Promise<string> {
  return (await client.ask(words)).toString('latin1');
}

async function both(words: Words): Promise<[real: string, ours: string]> {
  return Promise.all(clients.map((client) => ask(client, words))) as Promise<[string, string]>;
}

async function all(client: RawClient): Promise<Map<string, string>> {
  const items = splitReply(await client.ask(['CONFIG', 'GET', '*']))!.items.map((item) =>
    item.toString('latin1').replace(/^\$\d+\r\n|\r\n$/g, ''),
  );
  return new Map(Array.from({ length: items.length / 2 }, (_, i) => [items[i * 2]!, items[i * 2 + 1]!]));
}

describe.skipIf(!requireProgram('redis'))('directives, as real Redis', () => {
  beforeAll(async () => {
    real = await startRedis({ directives: AS_INSTALLED });
    const [port = 0] = await freePorts(1);
    ours = new Server({ directives: { port: String(port), bind: '127.0.0.1' } });
    await listenAsConfigured(ours);
    ports = [real.port, port];
  });
  beforeEach(async () => {
    clients = [await RawClient.connect(ports[0]), await RawClient.connect(ports[1])];
  });
  afterEach(() => {
    for (const client of clients) client.close();
  });
  afterAll(async () => {
    await ours.close();
    await real.stop();
  });

  it('have the same names and defaults', async () => {
    const [theirs, own] = await Promise.all(clients.map(all));
    expect([...own!.keys()].sort()).toEqual([...theirs!.keys()].sort());
    const without = (values: Map<string, string>) => [...values].filter(([name]) => !(name in OWN_DEFAULTS)).sort();
    expect(without(own!)).toEqual(without(theirs!));
  });

  const names = directives.map(({ name }) => name).filter((name) => !(name in OWN_VALUES));
  it.each(names)('%s takes, tells and refuses the same', async (name) => {
    const values = (CAREFUL[name] ?? [...(MORE[name] ?? []), ...COMMON]).filter(
      (value) => value !== '9223372036854775807' || !ROUNDED.includes(name),
    );
    const [, before] = await both(['CONFIG', 'GET', name]);
    const initial = splitReply(Buffer.from(before, 'latin1'))!
      .items[1]!.toString('latin1')
      .replace(/^\$\d+\r\n|\r\n$/g, '');
    const told: string[] = [];
    const expected: string[] = [];
    for (const value of values) {
      const [theirSet, ourSet] = await both(['CONFIG', 'SET', name, value]);
      const [theirGet, ourGet] = theirSet.startsWith('+') ? await both(['CONFIG', 'GET', name]) : [];
      expected.push([value, theirSet, theirGet].join(' '));
      told.push([value, ourSet, ourGet].join(' '));
      if (theirSet.startsWith('+') || ourSet.startsWith('+')) await both(['CONFIG', 'SET', name, initial]);
    }
    expect(told).toEqual(expected);
  });
});
