import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Area } from '../../src/resp/area.js';
import { Args } from '../../src/resp/args.js';
import { ProtocolError, RequestDecoder } from '../../src/resp/request-decoder.js';

/** Feeds the chunks one by one and returns every command read, as byte strings. */
function decode(chunks: readonly Buffer[]): string[][] {
  const decoder = new RequestDecoder();
  const args = new Args();
  const commands: string[][] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (decoder.next(args)) commands.push(args.texts());
  }
  return commands;
}

/** As `decode`, from one area that each chunk is written into over the one before. */
function decodeShared(chunks: readonly Buffer[]): string[][] {
  const decoder = new RequestDecoder();
  const area = Area.of(128 * 1024);
  const args = new Args();
  const commands: string[][] = [];
  for (const chunk of chunks) {
    area.bytes.fill('?').set(chunk);
    decoder.lend(area, chunk.length);
    while (decoder.next(args)) commands.push(args.texts());
    decoder.keep();
  }
  return commands;
}

function encode(command: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${command.length}\r\n`)];
  for (const arg of command) parts.push(Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from('\r\n'));
  return Buffer.concat(parts);
}

/** Cuts at the given places; every piece is a copy, so that a reused buffer cannot hide a fault. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const bounds = [0, ...sorted, bytes.length];
  return bounds.slice(1).map((end, i) => Buffer.from(bytes.subarray(bounds[i], end)));
}

const argument = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 90, maxLength: 1200 }));
const command = fc.array(argument, { minLength: 1, maxLength: 20 });

describe('RequestDecoder', () => {
  it('reads the same commands however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 12 }),
        fc.array(fc.nat(30_000), { maxLength: 40 }),
        (commands, places) => {
          const bytes = Buffer.concat(commands.map(encode));
          const expected = commands.map((words) => words.map((word) => Buffer.from(word).toString('latin1')));
          expect(decode(cut(bytes, places))).toEqual(expected);
          expect(decodeShared(cut(bytes, places))).toEqual(expected);
        },
      ),
    );
  });

  it('reads commands that come byte by byte', () => {
    const bytes = Buffer.concat([
      encode([Buffer.from('SET'), Buffer.from('k'), Buffer.alloc(300, 'v')]),
      Buffer.from('PING\r\n'),
    ]);
    expect(decode([...bytes].map((byte) => Buffer.from([byte])))).toEqual([['SET', 'k', 'v'.repeat(300)], ['PING']]);
  });

  it('survives any garbage: commands or a ProtocolError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400)), (garbage, places) => {
        try {
          decode(cut(Buffer.from(garbage), places));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  it.each([
    ['*1\r\n+OK\r\n', "expected '$', got '+'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*x\r\n', 'invalid multibulk length'],
    ['*1\r\n$01234\r\n', 'invalid bulk length'],
    ['*1\r\n$04\r\nPING\r\n', 'invalid bulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['"unbalanced\r\n', 'unbalanced quotes in request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    ['x'.repeat(70_000), 'too big inline request'],
  ])('refuses %j', (bytes, message) => {
    expect(() => decode([Buffer.from(bytes)])).toThrow(new ProtocolError(message));
  });

  it.each([
    ['PING\r\n', ['PING']],
    ['set "a b" \'c d\'\n', ['set', 'a b', 'c d']],
    ['get "\\x41\\n\\"" \'it\\\'s\'\r\n', ['get', 'A\n"', "it's"]],
    ['set k ""\r\n', ['set', 'k', '']],
  ])('reads the inline command %j', (line, words) => {
    expect(decode([Buffer.from(line)])).toEqual([words]);
  });

  it('skips empty lines and empty arrays', () => {
    expect(decode([Buffer.from('\r\n*0\r\n*-1\r\nPING\r\n')])).toEqual([['PING']]);
  });
});
