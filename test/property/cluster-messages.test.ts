import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BusError, BusFrames } from '../../src/server/cluster/bus-frames.js';
import {
  decodeMessage,
  encodeMessage,
  type Gossip,
  HEAD_LENGTH,
  Mark,
  type Message,
  type MessageBody,
  type MessageHead,
  MessageType,
} from '../../src/server/cluster/messages.js';

const name = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 });
const ip = fc.constantFrom('', '127.0.0.1', '192.0.2.17', '::1', '2001:db8::1');
const port = fc.nat(65_535);
const flags = fc.nat(1023);
const slots = fc.uint8Array({ minLength: 2048, maxLength: 2048 });
const number = fc.nat();
const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });

const head: fc.Arbitrary<MessageHead> = fc.record({
  currentEpoch: number,
  configEpoch: number,
  offset: number,
  sender: name,
  slots,
  primary: fc.oneof(fc.constant(''), name),
  ip,
  port,
  plainPort: port,
  busPort: port,
  flags,
  state: fc.nat(1),
  marks: fc.constantFrom(0, Mark.paused, Mark.forced, Mark.paused | Mark.forced),
});

const gossip: fc.Arbitrary<Gossip> = fc.record({
  name,
  pingSent: number,
  pongReceived: number,
  ip,
  port,
  busPort: port,
  plainPort: port,
  flags,
});

const body: fc.Arbitrary<MessageBody> = fc.oneof(
  fc.record({
    type: fc.constantFrom(MessageType.ping, MessageType.pong, MessageType.meet),
    gossip: fc.array(gossip, { maxLength: 5 }),
    hostname: fc.oneof(fc.constant(undefined), fc.constantFrom('a', 'node-1.example.com', 'host.example')),
  }),
  fc.record({ type: fc.constant(MessageType.fail), failed: name }),
  fc.record({
    type: fc.constantFrom(MessageType.publish, MessageType.publishShard),
    channel: bytes,
    message: bytes,
  }),
  fc.record({ type: fc.constant(MessageType.update), node: name, epoch: number, claims: slots }),
  fc.record({ type: fc.constantFrom(MessageType.voteRequest, MessageType.vote, MessageType.handOver) }),
);

const message = fc.tuple(head, body).map(([first, second]): Message => ({ ...first, ...second }));

/** Bytes as text, so that buffers and arrays of the same bytes are equal; the mark of extensions is the codec's own. */
function plain(value: Message | undefined): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? hex(each) : each));
  const parsed = JSON.parse(text, (_, each: unknown) =>
    isBufferText(each) ? Buffer.from(each.data).toString('hex') : each,
  );
  return { ...(parsed as object), marks: value.marks & ~Mark.extended };
}

const hex = (each: Uint8Array) => Buffer.from(each).toString('hex');

function isBufferText(each: unknown): each is { data: number[] } {
  return typeof each === 'object' && each !== null && (each as { type?: unknown }).type === 'Buffer';
}

describe('messages of the cluster bus', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(plain(decodeMessage(encodeMessage(sent)))).toEqual(plain(sent));
      }),
    );
  });

  it('are found in whatever pieces they arrive', () => {
    const sent = fc.array(message, { minLength: 1, maxLength: 3 });
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 });
    fc.assert(
      fc.property(sent, cuts, (messages, sizes) => {
        const encoded = messages.map(encodeMessage);
        const stream = Buffer.concat(encoded);
        const frames = new BusFrames(() => 1_000_000);
        const found: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          frames.push(stream.subarray(at, at + size));
          at += size;
          for (let frame = frames.next(); frame; frame = frames.next()) found.push(Buffer.from(frame));
        }
        expect(found.map(hex)).toEqual(encoded.map(hex));
      }),
    );
  });

  it('that were changed on the way are read, or refused, and never break anything', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    const cut = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(message, changes, cut, (sent, changed, less) => {
        const encoded = encodeMessage(sent);
        for (const [at, byte] of changed) encoded[at % encoded.length] = byte;
        const read = decodeMessage(encoded.subarray(0, Math.max(HEAD_LENGTH, encoded.length - less)));
        if (read !== undefined) expect(/^[\w.:%-]*$/.test(read.ip)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('end the link where something else comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (noise) => {
        const frames = new BusFrames(() => 1_000_000);
        const isMessage = Buffer.from(noise.subarray(0, 4)).toString('latin1') === 'RCmb';
        if (!isMessage) expect(() => frames.push(Buffer.from(noise))).toThrow(BusError);
      }),
    );
  });

  it('may not be longer than anything that is sent there', () => {
    const start = Buffer.from('RCmb\x7f\xff\xff\xff', 'latin1');
    expect(() => new BusFrames(() => 1_000_000).push(start)).toThrow('a message of 2147483647 bytes');
  });
});
