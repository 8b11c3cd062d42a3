import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FramingError } from '../../src/net/framing.js';
import { LineDecoder } from '../../src/net/lines.js';
import { encodeNetstring, NetstringDecoder } from '../../src/net/netstring.js';
import { chunksOf, drain, drainAll } from '../harness/chunks.js';

const payloads = fc.array(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 20 },
);
const cuts = fc.array(fc.nat(), { maxLength: 30 });

describe('netstrings', () => {
  test('whatever is encoded is decoded, however it is cut', () => {
    fc.assert(
      fc.property(payloads, cuts, (frames, at) => {
        const decoder = new NetstringDecoder();
        const stream = Buffer.concat(frames.map((frame) => encodeNetstring(frame)));
        expect(chunksOf(stream, at).flatMap((chunk) => drain(decoder, chunk))).toEqual(frames);
      }),
    );
  });

  test('a frame is decoded whole when it comes byte by byte', () => {
    const decoder = new NetstringDecoder();
    const payload = Buffer.alloc(3_000, 'x');
    const got = [...encodeNetstring(payload)].flatMap((byte) => drain(decoder, Buffer.from([byte])));
    expect(got).toEqual([payload]);
  });

  test('any bytes end in frames, in waiting, or in an error that stays', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), cuts, (bytes, at) => {
        const whole = drainAll(new NetstringDecoder(50), [Buffer.from(bytes)]);
        const pieces = drainAll(new NetstringDecoder(50), chunksOf(Buffer.from(bytes), at));
        expect(pieces).toEqual(whole);
      }),
    );
  });

  test.each([
    ['no length', ':a,'],
    ['a sign', '+1:a,'],
    ['a space', ' 1:a,'],
    ['a leading zero', '01:a,'],
    ['two zeros', '00:,'],
    ['no comma', '1:a;'],
    ['too long', '51:'],
    ['a length that never ends', '9999999'],
  ])('%s is refused', (_, text) => {
    const decoder = new NetstringDecoder(50);
    decoder.push(Buffer.from(text));
    expect(() => decoder.next()).toThrow(FramingError);
    decoder.push(Buffer.from('1:a,'));
    expect(() => decoder.next()).toThrow(FramingError);
  });
});

describe('lines', () => {
  const lines = fc.array(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a))),
    { maxLength: 20 },
  );

  test('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(lines, cuts, (frames, at) => {
        const decoder = new LineDecoder(61);
        const stream = Buffer.concat(frames.flatMap((line) => [line, Buffer.from('\n')]));
        expect(chunksOf(stream, at).flatMap((chunk) => drain(decoder, chunk))).toEqual(frames);
      }),
    );
  });

  test('the limit counts the line feed', () => {
    const decoder = new LineDecoder(5);
    expect(drain(decoder, Buffer.from('1234\n'))).toEqual([Buffer.from('1234')]);
    decoder.push(Buffer.from('1234'));
    expect(decoder.next()).toBeNull();
    decoder.push(Buffer.from('5'));
    expect(() => decoder.next()).toThrow(FramingError);
    decoder.push(Buffer.from('\n'));
    expect(() => decoder.next()).toThrow(FramingError);
  });
});
