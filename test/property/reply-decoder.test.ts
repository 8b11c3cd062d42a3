import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Double, type Reply, ReplyError, VerbatimText } from '../../src/resp/reply.js';
import { Push, ReplyDecoder } from '../../src/resp/reply-decoder.js';

// A reply beside the bytes it arrives as.
type Sample = readonly [Reply, Buffer];

const line = fc.string({ unit: fc.constantFrom(...'abc XYZ01') });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 16_000, maxLength: 17_000 }));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const nearSafe = fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }).chain((n) => fc.constantFrom(n, -n));

function integer(n: bigint): number | bigint {
  return n >= -(2n ** 53n) + 1n && n <= 2n ** 53n - 1n ? Number(n) : n;
}

function blob(type: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${type}${value.length}\r\n`), value, Buffer.from('\r\n')]);
}

const scalar: fc.Arbitrary<Sample> = fc.oneof(
  line.map((text): Sample => [text, Buffer.from(`+${text}\r\n`)]),
  line.map((text): Sample => [new ReplyError(`ERR ${text}`), Buffer.from(`-ERR ${text}\r\n`)]),
  fc.oneof(int64, nearSafe).map((n): Sample => [integer(n), Buffer.from(`:${n}\r\n`)]),
  fc.bigInt().map((n): Sample => [n, Buffer.from(`(${n}\r\n`)]),
  bytes.map((value): Sample => [Buffer.from(value), blob('$', value)]),
  line.map((text): Sample => [new VerbatimText('txt', text), blob('=', Buffer.from(`txt:${text}`))]),
  line.map((text): Sample => [new ReplyError(`ERR ${text}`), blob('!', Buffer.from(`ERR ${text}`))]),
  fc.boolean().map((flag): Sample => [flag, Buffer.from(flag ? '#t\r\n' : '#f\r\n')]),
  fc.constantFrom<Sample>(
    [null, Buffer.from('_\r\n')],
    [null, Buffer.from('$-1\r\n')],
    [null, Buffer.from('*-1\r\n')],
    [new Double(1.5), Buffer.from(',1.5\r\n')],
    [new Double(-Infinity), Buffer.from(',-inf\r\n')],
  ),
);

const { reply } = fc.letrec<{ reply: Sample }>((tie) => ({
  reply: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('reply'), { maxLength: 4 }).chain(aggregate)),
}));

/** A value of its own, as every decoded one is: a Set keeps two equal doubles apart. */
function own(value: Reply): Reply {
  return value instanceof Double ? new Double(value.value) : value;
}

function aggregate(items: Sample[]): fc.Arbitrary<Sample> {
  const values = items.map(([value]) => own(value));
  const body = Buffer.concat(items.map(([, encoded]) => encoded));
  const framed = (head: string) => Buffer.concat([Buffer.from(`${head}\r\n`), body]);
  const choices: Sample[] = [
    [values, framed(`*${items.length}`)],
    [new Set(values), framed(`~${items.length}`)],
    // An attribute comes before the value it belongs to.
    [values, Buffer.concat([Buffer.from('|1\r\n+ttl\r\n:3\r\n'), framed(`*${items.length}`)])],
  ];
  if (items.length % 2 === 0) {
    const pairs = new Map<Reply, Reply>();
    for (let i = 0; i < values.length; i += 2) pairs.set(values[i]!, values[i + 1]!);
    choices.push([pairs, framed(`%${items.length / 2}`)]);
  }
  return fc.constantFrom(...choices);
}

/** As a connection reads: into memory that holds something else right after. */
const area = Buffer.alloc(1024 * 1024);
function pushLent(decoder: ReplyDecoder, chunk: Buffer): (Reply | Push)[] {
  chunk.copy(area);
  const replies = decoder.push(area.subarray(0, chunk.length));
  area.fill('#', 0, chunk.length);
  return replies;
}

function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [...sorted, whole.length].map((end, i) => whole.subarray(i === 0 ? 0 : sorted[i - 1], end));
}

describe('the reply decoder', () => {
  test('gives the same replies however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 8 }), fc.array(fc.nat()), (samples, places) => {
        const decoder = new ReplyDecoder();
        const chunks = cut(Buffer.concat(samples.map(([, encoded]) => encoded)), places);
        const replies = chunks.flatMap((chunk) => pushLent(decoder, chunk));
        expect(replies).toEqual(samples.map(([value]) => value));
      }),
    );
  });

  test('gives the same replies byte by byte', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 3 }), (samples) => {
        const decoder = new ReplyDecoder();
        const whole = Buffer.concat(samples.map(([, encoded]) => encoded));
        fc.pre(whole.length < 5000);
        const replies = [...whole].flatMap((byte) => pushLent(decoder, Buffer.from([byte])));
        expect(replies).toEqual(samples.map(([value]) => value));
      }),
    );
  });

  test('tells push messages from replies', () => {
    const replies = new ReplyDecoder().push(Buffer.from('>2\r\n+message\r\n$1\r\nx\r\n+OK\r\n'));
    expect(replies).toEqual([new Push(['message', Buffer.from('x')]), 'OK']);
  });

  test.each([
    ['an unknown type', '?x\r\n'],
    ['an unknown type, not yet whole', '?'],
    ['a number with a letter', ':12a\r\n'],
    ['an empty number', ':\r\n'],
    ['a blob longer than it says', '$1\r\nxy\r\n'],
    ['a length no server allows', '$99999999999\r\n'],
    ['a streamed array', '*?\r\n'],
    ['endless nesting', '*1\r\n'.repeat(200)],
    ['an endless line', `+${'x'.repeat(100_000)}`],
  ])('refuses %s', (_what, text) => {
    expect(() => new ReplyDecoder().push(Buffer.from(text))).toThrow(/reply/);
  });
});
