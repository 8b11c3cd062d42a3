import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { Connection } from '../../src/server/session/connection.js';
import { ManualClock } from '../../src/testing/clock.js';

/** Hashes and sorted sets are tables from the start. */
const DIRECTIVES = { requirepass: 'secret', 'hash-max-listpack-entries': '0', 'zset-max-listpack-entries': '0' };

/** A client of a server of its own, without a system between them. */
class Client extends Duplex {
  received = '';
  private constructor(readonly server: Server) {
    super({ allowHalfOpen: true });
  }

  static async start(): Promise<Client> {
    const server = await Server.start({ clock: new ManualClock(), directives: DIRECTIVES });
    const client = new Client(server);
    new Connection(server, client as unknown as Socket);
    return client;
  }

  setNoDelay(): void {}

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.received += bytes.toString('latin1');
    done();
  }

  /** Resolves when everything has been answered that is to be answered. */
  async arrive(chunk: string): Promise<void> {
    if (this.destroyed) return;
    this.push(Buffer.from(chunk, 'latin1'));
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'l');
const onKeys = fc.oneof(
  key.map((k) => `SET ${k} 1`),
  fc.tuple(key, fc.nat(999)).map(([k, n]) => `SET ${k} ${'v'.repeat(n)}`),
  ...['GET', 'INCR', 'TYPE', 'TTL', 'LPOP', 'STRLEN', 'GETDEL'].map((name) => key.map((k) => `${name} ${k}`)),
  ...['APPEND', 'RPUSH', 'SADD'].map((name) => key.map((k) => `${name} ${k} x`)),
  key.map((k) => `HSET ${k} f x`),
  key.map((k) => `EXPIRE ${k} 100`),
);

/** More than are searched one by one, so that they are looked up in tables, and some that are not there. */
const member = fc.nat(59).map((n) => `m${n}`);
const FILLED = Array.from({ length: 40 }, (_, n) => `m${n}`);
const FILL = [
  `HSET h ${FILLED.map((m) => `${m} v`).join(' ')}`,
  `SADD s ${FILLED.join(' ')}`,
  `ZADD z ${FILLED.map((m) => `1 ${m}`).join(' ')}`,
];
const onMembers = fc.oneof(
  ...[
    'HGET h',
    'HEXISTS h',
    'HDEL h',
    'SADD s',
    'SREM s',
    'SISMEMBER s',
    'ZSCORE z',
    'ZRANK z',
    'ZREM z',
    'HGET s',
  ].map((ask) => member.map((m) => `${ask} ${m}`)),
  fc.tuple(member, fc.nat(200)).map(([m, n]) => `HSET h ${m} ${'v'.repeat(n)}`),
  member.map((m) => `HINCRBY h ${m} 1`),
  fc.tuple(member, fc.nat(3)).map(([m, n]) => `ZADD z ${n} ${m}`),
  fc.tuple(member, fc.nat(3)).map(([m, n]) => `ZADD z NX ${n} ${m}`),
  fc.constantFrom('DEL h', 'SADD s', 'HGET h', 'ZADD z 1', 'SET s x', ...FILL),
);
const request = fc.oneof(
  { weight: 12, arbitrary: onKeys },
  { weight: 4, arbitrary: fc.constantFrom('GET', 'SET a', 'INCR', 'NOSUCH a', 'PING', '', 'DEL a b', 'MGET a b c') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'CLIENT REPLY SKIP',
      'CLIENT REPLY OFF',
      'CLIENT REPLY ON',
      'SELECT 1',
      'SELECT 0',
      'MULTI',
      'EXEC',
      'DISCARD',
      'WATCH a',
      'RESET',
      'AUTH secret',
      'AUTH wrong',
      'HELLO 3',
      'SUBSCRIBE news',
      'UNSUBSCRIBE news',
      'CONFIG SET proto-max-bulk-len 1048576',
      'BLPOP l 0',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('QUIT', 'raw *x\r\n', 'raw *0\r\n', 'raw *1\r\n$x\r\n', 'raw *11\r\n', 'raw "\r\n'),
  },
);

/** As arrays, or as lines where that says the same. */
function bytesOf(text: string, inline: boolean): string {
  if (text.startsWith('raw ')) return text.slice(4);
  if (inline || text === '') return `${text}\r\n`;
  const words = text.split(' ');
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** What INFO commandstats and latencystats count. */
function countsOf({ stats }: Server): unknown {
  const counts = [...stats.byCommand].map(([{ name }, { calls, failed, rejected, histogram }]) => {
    return { name, calls, failed, rejected, timed: histogram?.count ?? 0 };
  });
  return { all: stats.commands, counts };
}

/** The empty line ends what the client asked for, but only after the SET. */
const SKIPPED = ['CLIENT REPLY SKIP', 'SET a 1', '', 'GET a', 'GET a'].map((text): [string, boolean] => [text, false]);

const cuts = fc.array(fc.nat(5000), { maxLength: 4 });

describe('commands that arrive together', () => {
  const requests = fc.array(fc.tuple(request, fc.boolean()), { maxLength: 90, size: 'max' });
  it('are answered as those that arrive one by one, wherever the bytes are cut', async () => {
    await fc.assert(fc.asyncProperty(requests, cuts, compare), { numRuns: 60, examples: [[SKIPPED, []]] });
  }, 60_000);

  const lookups = fc.array(fc.tuple(onMembers, fc.constant(false)), { maxLength: 90, size: 'max' });
  it('are answered so when they look members up that are fetched together', async () => {
    const filled = lookups.map((list) => [...FILL.map((text): [string, boolean] => [text, false]), ...list]);
    await fc.assert(fc.asyncProperty(filled, cuts, compare), { numRuns: 60 });
  }, 60_000);
});

async function compare(list: readonly [text: string, inline: boolean][], places: readonly number[]): Promise<void> {
  const pieces = ['AUTH secret\r\n', ...list.map(([text, inline]) => bytesOf(text, inline))];
  const whole = pieces.join('');
  const bounds = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  const cut = bounds.slice(1).map((end, i) => whole.slice(bounds[i], end));
  const [one, together, apart] = await Promise.all([Client.start(), Client.start(), Client.start()]);
  for (const piece of pieces) await one.arrive(piece);
  await together.arrive(whole);
  for (const piece of cut) if (piece !== '') await apart.arrive(piece);
  expect(together.received).toBe(one.received);
  expect(apart.received).toBe(one.received);
  expect(countsOf(together.server)).toEqual(countsOf(one.server));
  expect(countsOf(apart.server)).toEqual(countsOf(one.server));
  await Promise.all([one, together, apart].map(({ server }) => server.close()));
}
