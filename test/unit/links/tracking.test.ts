import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import { seededRandom } from '../../../src/core/random.js';
import type { Link } from '../../../src/links/link.js';
import { createLink } from '../../../src/links/registry.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis } from '../../harness/fake-redis.js';
import { linkConfig, loopback } from '../../harness/links.js';
import { until } from '../../harness/until.js';

let server: FakeRedis;
let clock: ManualClock;
let link: Link;
/** What was told, in order: true and false, or the changed keys; "all" of them. */
let told: (boolean | string)[];
const warnings: object[] = [];

beforeEach(async () => {
  server = await FakeRedis.start();
  clock = new ManualClock();
  told = [];
  warnings.length = 0;
});

afterEach(async () => {
  await link.close();
  await server.close();
});

function track(prefix: string, overrides: Partial<RedisStoreConfig> = {}): void {
  const config = linkConfig({ endpoints: [loopback(server.port)], ...overrides });
  const log = { info: () => {}, warn: (details: object) => void warnings.push(details) };
  link = createLink(config, { clock, random: seededRandom(1), log });
  link.track!(prefix, {
    told: (complete) => void told.push(complete),
    changed: (keys) => void told.push(keys?.map(String).join(' ') ?? 'all'),
  });
}

const untilTold = (count: number) => until(() => told.length >= count, `${count} things are told`);
const requests = () => server.received.filter(([name, word]) => name === 'CLIENT' && word === 'TRACKING');

const RESP2 = { protocolVersion: 'resp2' } as const;

/** A server of RESP2. */
function speakResp2(): void {
  server.script = ([name, word]) => {
    if (name === 'HELLO') return '*2\r\n$5\r\nproto\r\n:2\r\n';
    if (name === 'CLIENT' && word === 'ID') return ':7\r\n';
    if (name === 'SUBSCRIBE') return '*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n';
    return name === 'PING' ? '*2\r\n$4\r\npong\r\n$0\r\n\r\n' : undefined;
  };
}

describe('a server of RESP3', () => {
  test('is asked for a prefix, and tells of keys and of all', async () => {
    track('mail:');
    await untilTold(1);
    expect(requests()).toEqual([['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'mail:']]);
    server.send('>2\r\n$10\r\ninvalidate\r\n*2\r\n$6\r\nmail:a\r\n$6\r\nmail:b\r\n');
    server.send('>2\r\n$10\r\ninvalidate\r\n_\r\n');
    await untilTold(3);
    expect(told).toEqual([true, 'mail:a mail:b', 'all']);
  });

  test('is asked for all keys where there is no prefix', async () => {
    track('');
    await untilTold(1);
    expect(requests()).toEqual([['CLIENT', 'TRACKING', 'ON', 'BCAST']]);
  });

  test('that sends other messages tells nothing by them', async () => {
    track('');
    await untilTold(1);
    server.send('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n>1\r\n$5\r\nother\r\n');
    server.send('>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n');
    await untilTold(2);
    expect(told).toEqual([true, 'a']);
  });
});

test('a server of RESP2 sends the messages to the connection itself', async () => {
  speakResp2();
  track('mail:', RESP2);
  await untilTold(1);
  expect(requests()).toEqual([['CLIENT', 'TRACKING', 'ON', 'REDIRECT', '7', 'BCAST', 'PREFIX', 'mail:']]);
  const message = '*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n';
  server.send(`${message}*1\r\n$6\r\nmail:a\r\n${message}$-1\r\n`);
  await untilTold(3);
  expect(told).toEqual([true, 'mail:a', 'all']);
  // Its PINGs are answered as a subscriber's are.
  for (let i = 1; i <= 4; i++) {
    await clock.advanceAsync(1000);
    await server.got('PING', i);
  }
  expect(told).toHaveLength(3);
});

describe('a connection', () => {
  test('that breaks is told, and told again when another stands', async () => {
    track('');
    await untilTold(1);
    server.drop();
    await untilTold(2);
    expect(told).toEqual([true, false]);
    await clock.advanceAsync(0);
    await untilTold(3);
    expect(told).toEqual([true, false, true]);
  });

  test('that is silent counts as broken', async () => {
    track('');
    await untilTold(1);
    const { length } = server.sockets;
    for (let i = 1; i <= 2; i++) {
      await clock.advanceAsync(1000);
      await server.got('PING', i);
    }
    expect(told).toEqual([true]);
    await clock.advanceAsync(1000);
    expect(told).toEqual([true, false]);
    await untilTold(3);
    expect(server.sockets.length).toBe(length + 1);
  });

  test('that is closed with the link tells nothing any more', async () => {
    track('');
    await untilTold(1);
    await link.close();
    expect(told).toEqual([true, false, 'all']);
    await clock.advanceAsync(60_000);
    expect(requests()).toHaveLength(1);
  });
});

describe('a server that refuses', () => {
  const refusals = {
    'without tracking': ['CLIENT', "-ERR Unknown subcommand or wrong number of arguments for 'TRACKING'\r\n"],
    'without HELLO': ['HELLO', "-ERR unknown command 'HELLO'\r\n"],
    'without the right': ['SUBSCRIBE', '-NOPERM no permission to access a channel\r\n'],
  } as const;

  test.each(Object.entries(refusals))(
    '%s: is never complete, warned of once and asked again',
    async (_, [refused, why]) => {
      speakResp2();
      const { script } = server;
      server.script = (words, connection) =>
        words[0] === refused && words[1] !== 'ID' ? why : script(words, connection);
      track('', RESP2);
      await until(() => warnings.length > 0, 'a warning');
      expect(warnings).toEqual([{ store: 'test', node: server.name, reason: why.slice(1, -2) }]);
      const asked = server.count('HELLO');
      await pingFor(59);
      await clock.advanceAsync(1000);
      await server.got('HELLO', asked + 1);
      server.script = script;
      await pingFor(59);
      await clock.advanceAsync(1000);
      await untilTold(1);
      expect(told).toEqual([true]);
      expect(warnings).toHaveLength(1);
    },
  );
});

/** Seconds go by, in which the server answers its PINGs. */
async function pingFor(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    const pings = server.count('PING');
    await clock.advanceAsync(1000);
    await server.got('PING', pings + 1);
  }
}
