import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Area, copyPart, isSamePart } from '../../src/resp/area.js';
import { OutputRoom } from '../../src/resp/output-room.js';
import { ReplyWriter } from '../../src/resp/writer.js';

const step = fc.record({
  client: fc.nat(3),
  action: fc.constantFrom('write', 'write', 'take back', 'park', 'send', 'keep'),
  size: fc.oneof(fc.nat(300), fc.integer({ min: 3000, max: 5000 }), fc.constantFrom(70_000, 300_000)),
});

/** A client's writer, what it should hold, and what was taken from it for good. */
class Client {
  readonly writer: ReplyWriter;
  expected = '';
  readonly kept: { readonly bytes: Buffer; readonly text: string }[] = [];

  constructor(room: OutputRoom) {
    this.writer = new ReplyWriter(room);
  }

  write(mark: string, size: number): void {
    const text = mark.repeat(size);
    this.writer.bulkPart(new Area(Buffer.from(text)), 0, size);
    this.expected += `$${size}\r\n${text}\r\n`;
  }

  /** Something is written that does not stay. */
  takeBack(size: number): void {
    const mark = this.writer.mark();
    this.writer.bulk('-'.repeat(size));
    this.writer.rewind(mark);
  }

  take(keeps: boolean): void {
    const bytes = this.writer.take();
    expect(bytes.toString()).toBe(this.expected);
    if (keeps) {
      this.kept.push({ bytes, text: this.expected });
      this.writer.leave();
    } else this.writer.release();
    this.expected = '';
  }
}

describe('clients that share the room for their replies', () => {
  it('get their own bytes each, whoever writes, waits, sends or keeps what it took', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = new OutputRoom();
        const clients = Array.from({ length: 4 }, () => new Client(room));
        steps.forEach(({ client, action, size }, i) => {
          const one = clients[client]!;
          if (action === 'write') one.write(String.fromCharCode(0x41 + (i % 26)), size);
          else if (action === 'take back') one.takeBack(size);
          else if (action === 'park') one.writer.park();
          else one.take(action === 'keep');
          expect(one.writer.length).toBe(one.expected.length);
        });
        for (const one of clients) one.take(false);
        for (const { bytes, text } of clients.flatMap(({ kept }) => kept)) expect(bytes.toString()).toBe(text);
      }),
    );
  });
});

describe('parts of areas', () => {
  it('are copied and compared wherever they start, and nothing around them', () => {
    const place = fc.nat(40);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), place, place, fc.nat(599), (bytes, start, at, changed) => {
        const from = new Area(Buffer.concat([Buffer.alloc(start), bytes]));
        const to = new Area(Buffer.alloc(at + bytes.length + 20, 0xee));
        copyPart(from, start, to, at, bytes.length);
        const around = Buffer.alloc(to.bytes.length, 0xee);
        around.set(bytes, at);
        expect(to.bytes).toEqual(around);
        expect(isSamePart(from, start, to, at, bytes.length)).toBe(true);
        if (bytes.length === 0) return;
        to.bytes[at + (changed % bytes.length)]! ^= 1;
        expect(isSamePart(from, start, to, at, bytes.length)).toBe(false);
      }),
    );
  });
});
