import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Args } from '../../src/resp/args.js';
import { Crc64 } from '../../src/server/persistence/rdb/crc64.js';
import { dumpPayload, payloadBody, readPayload } from '../../src/server/persistence/rdb/dump-payload.js';
import { lzfCompress, lzfDecompress } from '../../src/server/persistence/rdb/lzf.js';
import { RdbError } from '../../src/server/persistence/rdb/types.js';
import { Server } from '../../src/server/server.js';
import { defaultSettings } from '../../src/server/settings.js';

const settings = defaultSettings();

/** Bytes of few kinds and many repetitions, so that there is something to compress. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 12, max: 3 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 20,
  })
  .map((pieces) => Buffer.concat(pieces.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes))));
const word = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.integer({ min: -300, max: 70_000 }).map(String),
  fc.string({ maxLength: 80, unit: 'binary-ascii' }),
  repetitive.map((bytes) => bytes.toString('latin1')),
);
const score = fc
  .double({ noNaN: true })
  .map((value) => (value === Infinity ? 'inf' : value === -Infinity ? '-inf' : String(value)));
const words = fc.array(word, { minLength: 1, maxLength: 30 });
const value = fc.oneof(
  word.map((text) => [['SET', 'k', text]]),
  words.map((elements) => [['RPUSH', 'k', ...elements]]),
  words.map((members) => [['SADD', 'k', ...members]]),
  // A field set twice may leave an encoding for values that are there no more, which no payload gives back.
  fc
    .uniqueArray(fc.tuple(word, word), { minLength: 1, maxLength: 30, selector: ([field]) => field })
    .map((pairs) => [['HSET', 'k', ...pairs.flat()]]),
  fc.array(fc.tuple(score, word), { minLength: 1, maxLength: 30 }).map((pairs) => [['ZADD', 'k', ...pairs.flat()]]),
  fc
    .array(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })
    .map((entries) => [
      ...entries.map((fields, i) => ['XADD', 'k', `${i + 1}-${i}`, ...fields.flat()]),
      ['XGROUP', 'CREATE', 'k', 'g', '0'],
      ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '3', 'STREAMS', 'k', '>'],
    ]),
);

function dumpOf(server: Server, key = 'k'): Buffer {
  const db = server.keyspace.databases[0]!;
  return dumpPayload(db, db.peek(Args.of(key), 0), settings);
}

describe('LZF', () => {
  it('gives back what was compressed, in fewer bytes than allowed', () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 3000 })), fc.nat(7), (bytes, offset) => {
        const from = Buffer.concat([Buffer.alloc(offset), bytes]);
        const to = Buffer.alloc(bytes.length + 100, 0xee);
        const end = lzfCompress(from, offset, bytes.length, to, 5, bytes.length);
        if (end === 0) return;
        expect(end - 5).toBeLessThanOrEqual(bytes.length);
        const back = Buffer.alloc(bytes.length);
        expect(lzfDecompress(to, 5, end, back)).toBe(true);
        expect(back.equals(bytes)).toBe(true);
      }),
    );
  });

  it('refuses garbage or fills the buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(600), (bytes, length) => {
        lzfDecompress(bytes, 0, bytes.length, Buffer.alloc(length));
      }),
    );
  });
});

describe('CRC-64', () => {
  it('is that of Jones, however the bytes are cut', () => {
    const sum = Buffer.alloc(8);
    new Crc64().update(Buffer.from('123456789')).writeTo(sum, 0);
    expect(sum.readBigUInt64LE().toString(16)).toBe('e9c6d914c4b8d9ca');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
        const cut = Math.min(at, bytes.length);
        const whole = Buffer.alloc(8);
        new Crc64().update(bytes).writeTo(whole, 0);
        expect(new Crc64().update(bytes, 0, cut).update(bytes, cut).equals(whole, 0)).toBe(true);
      }),
    );
  });
});

describe('payloads', () => {
  it('give the same value, which gives the same payload', async () => {
    const server = await Server.start();
    const session = server.session();
    fc.assert(
      fc.property(value, (commands) => {
        session.run('DEL', 'k', 'copy');
        for (const command of commands) session.run(...command.map((text) => Buffer.from(text, 'latin1')));
        const payload = dumpOf(server);
        expect(session.run('RESTORE', 'copy', '0', payload)).toBe('OK');
        expect(dumpOf(server, 'copy').equals(payload)).toBe(true);
      }),
      { numRuns: 200 },
    );
    await server.close();
  });

  it('that were tampered with are refused, or give a value that can be used', async () => {
    const server = await Server.start();
    const session = server.session();
    const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        value,
        flips,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (commands, changes, kept, cut) => {
          session.run('DEL', 'k');
          for (const command of commands) session.run(...command.map((text) => Buffer.from(text, 'latin1')));
          const body = Buffer.from(payloadBody(dumpOf(server), true)!);
          for (const [at, byte] of changes) body[Math.floor(at * body.length)] = byte;
          checkSafe(server, cut ? body.subarray(0, Math.floor(kept * body.length)) : body);
        },
      ),
      { numRuns: 1500 },
    );
    await server.close();
  });

  it('of garbage are refused, or give a value that can be used', async () => {
    const server = await Server.start();
    const type = fc.constantFrom(...Array.from({ length: 24 }, (_, i) => i));
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 60 }), (first, bytes) =>
        checkSafe(server, Buffer.concat([Buffer.from([first]), bytes])),
      ),
      { numRuns: 3000 },
    );
    await server.close();
  });
});

/** Whatever is accepted can be read, changed, copied and dumped; what was put right is sound then. */
function checkSafe(server: Server, body: Buffer): void {
  try {
    readPayload(body, settings, () => undefined);
  } catch (error) {
    expect(error).toBeInstanceOf(RdbError);
    return;
  }
  const session = server.session();
  const payload = Buffer.concat([body, Buffer.from([10, 0]), Buffer.alloc(8)]);
  server.skipChecksums = true;
  session.run('DEL', 'made', 'made2');
  expect(session.run('RESTORE', 'made', '0', payload)).toBe('OK');
  readPayload(payloadBody(dumpOf(server, 'made'), true)!, settings);
  for (const line of USES) {
    const reply = String(session.run(...line.split(' ')));
    expect(reply).not.toContain('internal error');
  }
  session.close();
}

const USES = [
  'COPY made made2',
  'DUMP made',
  'GET made',
  'LRANGE made 0 -1',
  'RPUSH made x',
  'SMEMBERS made',
  'SADD made x',
  'HGETALL made',
  'HSET made x y',
  'ZRANGE made 0 -1 WITHSCORES',
  'ZADD made 5 x',
  'XINFO STREAM made FULL',
  'XRANGE made - +',
  'XREVRANGE made + -',
  'XADD made * f v',
  'XTRIM made MAXLEN 1',
  'XLEN made',
  'DUMP made2',
];
