import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/links/link.js';
import { CommandWriter } from '../../src/links/wire/command-writer.js';
import { Args } from '../../src/resp/args.js';
import type { Argument } from '../../src/resp/reply.js';
import { RequestDecoder } from '../../src/resp/request-decoder.js';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ minLength: 60, maxLength: 300 }),
);
const argument: fc.Arbitrary<Argument> = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ minLength: 20_000, maxLength: 40_000 }),
  fc.integer(),
  fc.bigInt(),
);
const command = fc.tuple(fc.constantFrom('GET', 'SET'), fc.array(argument, { maxLength: 120, size: 'small' }));

function byteString(value: Argument): string {
  return Buffer.from(value instanceof Uint8Array ? value : String(value)).latin1Slice();
}

describe('the command writer', () => {
  test('writes what a server reads', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 5 }), fc.boolean(), (parts, left) => {
        const commands = parts.map(([name, args]): Command => [name, ...args]);
        const writer = new CommandWriter();
        const decoder = new RequestDecoder();
        const args = new Args();
        const read: string[][] = [];
        for (const each of [commands, commands]) {
          writer.add(each);
          const bytes = Buffer.from(writer.take());
          writer.reuse(left);
          decoder.push(bytes);
          while (decoder.next(args)) read.push(args.texts());
        }
        expect(read).toEqual([...commands, ...commands].map((each) => each.map(byteString)));
      }),
    );
  });

  test('writes nothing of commands with an argument that cannot be sent', () => {
    const writer = new CommandWriter();
    writer.add([['PING']]);
    const misuse = [
      ['SET', 'a', 'b'],
      ['GET', undefined],
    ] as unknown as Command[];
    expect(() => writer.add(misuse)).toThrow(TypeError);
    expect(writer.take().toString()).toBe('*1\r\n$4\r\nPING\r\n');
  });
});
