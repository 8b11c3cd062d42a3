import type { ByteString } from '../../resp/args.js';
import { SLOT_COUNT } from '../../resp/key-slot.js';

/**
 * The messages of the cluster bus, byte for byte as Redis 7.0 has them (cluster.h, `clusterMsg`): a head of 2256 bytes,
 * the sender's view of itself, and what the type says behind it. Numbers are big-endian. Pure: bytes to values and back.
 *
 * Messages of modules, and types that later versions may have, are read as `other`: who receives them takes note of the
 * head. Epochs and offsets are numbers here: no cluster gets to 2^53 of them.
 */
export const MessageType = {
  ping: 0,
  pong: 1,
  meet: 2,
  fail: 3,
  publish: 4,
  voteRequest: 5,
  vote: 6,
  update: 7,
  handOver: 8,
  module: 9,
  publishShard: 10,
} as const;

/** As CLUSTER INFO counts them. */
export const MESSAGE_NAMES = [
  'ping',
  'pong',
  'meet',
  'fail',
  'publish',
  'auth-req',
  'auth-ack',
  'update',
  'mfstart',
  'module',
  'publishshard',
] as const;

/** Bits of a head's `marks`. */
export const Mark = {
  /** The primary holds its clients' writes back, for a replica to take over. */
  paused: 1,
  /** A vote is asked for though the primary is not down. */
  forced: 2,
  /** Extensions follow the gossip. */
  extended: 4,
} as const;

export interface MessageHead {
  readonly currentEpoch: number;
  /** Of the sender, or of the primary it follows. */
  readonly configEpoch: number;
  readonly offset: number;
  readonly sender: string;
  /** Of the sender's shard: 2048 bytes, a bit each. */
  readonly slots: Uint8Array;
  /** Whom the sender follows; empty: nobody. */
  readonly primary: string;
  /** Empty: the receiver sees where it comes from. */
  readonly ip: string;
  readonly port: number;
  readonly plainPort: number;
  readonly busPort: number;
  readonly flags: number;
  /** 0: the sender thinks that the cluster works. */
  readonly state: number;
  readonly marks: number;
}

export interface Gossip {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly pingSent: number;
  readonly pongReceived: number;
  readonly ip: string;
  readonly port: number;
  readonly busPort: number;
  readonly plainPort: number;
  readonly flags: number;
}

export type MessageBody =
  | {
      readonly type: typeof MessageType.ping | typeof MessageType.pong | typeof MessageType.meet;
      readonly gossip: readonly Gossip[];
      /** Undefined: the message has none. */
      readonly hostname: string | undefined;
    }
  | { readonly type: typeof MessageType.fail; readonly failed: string }
  | {
      readonly type: typeof MessageType.publish | typeof MessageType.publishShard;
      readonly channel: ByteString;
      readonly message: ByteString;
    }
  | {
      readonly type: typeof MessageType.update;
      readonly node: string;
      readonly epoch: number;
      readonly claims: Uint8Array;
    }
  | { readonly type: typeof MessageType.voteRequest | typeof MessageType.vote | typeof MessageType.handOver }
  | { readonly type: 'other'; readonly number: number };

export type Message = MessageHead & MessageBody;

export const HEAD_LENGTH = 2256;
const NAME_LENGTH = 40;
const IP_LENGTH = 46;
const SLOTS_LENGTH = SLOT_COUNT / 8;
const GOSSIP_LENGTH = 104;
const VERSION = 1;
const HOSTNAME_EXTENSION = 0;

export function encodeMessage(message: Message): Buffer {
  const body = encodeBody(message);
  const bytes = Buffer.alloc(HEAD_LENGTH + body.length);
  bytes.write('RCmb', 0, 'latin1');
  bytes.writeUInt32BE(bytes.length, 4);
  bytes.writeUInt16BE(VERSION, 8);
  bytes.writeUInt16BE(message.port, 10);
  bytes.writeUInt16BE(message.type === 'other' ? message.number : message.type, 12);
  bytes.writeUInt16BE('gossip' in message ? message.gossip.length : 0, 14);
  writeLong(bytes, message.currentEpoch, 16);
  writeLong(bytes, message.configEpoch, 24);
  writeLong(bytes, message.offset, 32);
  bytes.write(message.sender, 40, NAME_LENGTH, 'latin1');
  bytes.set(message.slots.subarray(0, SLOTS_LENGTH), 80);
  bytes.write(message.primary, 2128, NAME_LENGTH, 'latin1');
  bytes.write(message.ip, 2168, IP_LENGTH - 1, 'latin1');
  const isExtended = 'hostname' in message && message.hostname !== undefined;
  bytes.writeUInt16BE(isExtended ? 1 : 0, 2214);
  bytes.writeUInt16BE(message.plainPort, 2246);
  bytes.writeUInt16BE(message.busPort, 2248);
  bytes.writeUInt16BE(message.flags, 2250);
  bytes[2252] = message.state;
  bytes[2253] = isExtended ? message.marks | Mark.extended : message.marks & ~Mark.extended;
  body.copy(bytes, HEAD_LENGTH);
  return bytes;
}

function encodeBody(message: MessageBody): Buffer {
  switch (message.type) {
    case MessageType.ping:
    case MessageType.pong:
    case MessageType.meet:
      return Buffer.concat([...message.gossip.map(encodeGossip), encodeHostname(message.hostname)]);
    case MessageType.fail:
      return Buffer.from(message.failed.padEnd(NAME_LENGTH, '\0'), 'latin1');
    case MessageType.publish:
    case MessageType.publishShard: {
      const lengths = Buffer.alloc(8);
      lengths.writeUInt32BE(message.channel.length, 0);
      lengths.writeUInt32BE(message.message.length, 4);
      return Buffer.concat([lengths, Buffer.from(message.channel + message.message, 'latin1')]);
    }
    case MessageType.update: {
      const epoch = Buffer.alloc(8);
      writeLong(epoch, message.epoch, 0);
      const name = Buffer.from(message.node.padEnd(NAME_LENGTH, '\0'), 'latin1');
      return Buffer.concat([epoch, name, message.claims]);
    }
    default:
      return Buffer.alloc(0);
  }
}

function encodeGossip(gossip: Gossip): Buffer {
  const bytes = Buffer.alloc(GOSSIP_LENGTH);
  bytes.write(gossip.name, 0, NAME_LENGTH, 'latin1');
  bytes.writeUInt32BE(gossip.pingSent, 40);
  bytes.writeUInt32BE(gossip.pongReceived, 44);
  bytes.write(gossip.ip, 48, IP_LENGTH - 1, 'latin1');
  bytes.writeUInt16BE(gossip.port, 94);
  bytes.writeUInt16BE(gossip.busPort, 96);
  bytes.writeUInt16BE(gossip.flags, 98);
  bytes.writeUInt16BE(gossip.plainPort, 100);
  return bytes;
}

/** A head of eight bytes and the name with a NUL, filled up to a multiple of eight. */
function encodeHostname(hostname: string | undefined): Buffer {
  if (hostname === undefined) return Buffer.alloc(0);
  const bytes = Buffer.alloc(8 + Math.ceil((hostname.length + 1) / 8) * 8);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt16BE(HOSTNAME_EXTENSION, 4);
  bytes.write(hostname, 8, 'latin1');
  return bytes;
}

/** A whole frame; undefined where it is not sound, or of another version. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < HEAD_LENGTH || bytes.readUInt16BE(8) !== VERSION) return undefined;
  const body = decodeBody(bytes);
  if (body === undefined) return undefined;
  const head: MessageHead = {
    currentEpoch: readLong(bytes, 16),
    configEpoch: readLong(bytes, 24),
    offset: readLong(bytes, 32),
    sender: textAt(bytes, 40, NAME_LENGTH),
    slots: bytes.subarray(80, 80 + SLOTS_LENGTH),
    primary: textAt(bytes, 2128, NAME_LENGTH),
    ip: textAt(bytes, 2168, IP_LENGTH),
    port: bytes.readUInt16BE(10),
    plainPort: bytes.readUInt16BE(2246),
    busPort: bytes.readUInt16BE(2248),
    flags: bytes.readUInt16BE(2250),
    state: bytes[2252]!,
    marks: bytes[2253]!,
  };
  return isPlace(head.ip) ? { ...head, ...body } : undefined;
}

function decodeBody(bytes: Buffer): MessageBody | undefined {
  const number = bytes.readUInt16BE(12);
  const body = bytes.subarray(HEAD_LENGTH);
  switch (number) {
    case MessageType.ping:
    case MessageType.pong:
    case MessageType.meet:
      return decodeGossips(number, bytes, body);
    case MessageType.fail:
      return body.length === NAME_LENGTH ? { type: number, failed: textAt(body, 0, NAME_LENGTH) } : undefined;
    case MessageType.publish:
    case MessageType.publishShard:
      return decodePublish(number, body);
    case MessageType.update:
      if (body.length !== 8 + NAME_LENGTH + SLOTS_LENGTH) return undefined;
      return {
        type: number,
        epoch: readLong(body, 0),
        node: textAt(body, 8, NAME_LENGTH),
        claims: body.subarray(8 + NAME_LENGTH),
      };
    case MessageType.voteRequest:
    case MessageType.vote:
    case MessageType.handOver:
      return body.length === 0 ? { type: number } : undefined;
    default:
      return { type: 'other', number };
  }
}

function decodeGossips(
  type: typeof MessageType.ping | typeof MessageType.pong | typeof MessageType.meet,
  bytes: Buffer,
  body: Buffer,
): MessageBody | undefined {
  const count = bytes.readUInt16BE(14);
  if (body.length < count * GOSSIP_LENGTH) return undefined;
  const gossip: Gossip[] = [];
  for (let i = 0; i < count; i++) {
    const one = decodeGossip(body.subarray(i * GOSSIP_LENGTH, (i + 1) * GOSSIP_LENGTH));
    if (!isPlace(one.ip)) return undefined;
    gossip.push(one);
  }
  const rest = body.subarray(count * GOSSIP_LENGTH);
  const isExtended = (bytes[2253]! & Mark.extended) !== 0;
  if (!isExtended) return rest.length === 0 ? { type, gossip, hostname: undefined } : undefined;
  const extensions = decodeExtensions(rest, bytes.readUInt16BE(2214));
  return extensions && { type, gossip, ...extensions };
}

function decodeGossip(bytes: Buffer): Gossip {
  return {
    name: textAt(bytes, 0, NAME_LENGTH),
    pingSent: bytes.readUInt32BE(40),
    pongReceived: bytes.readUInt32BE(44),
    ip: textAt(bytes, 48, IP_LENGTH),
    port: bytes.readUInt16BE(94),
    busPort: bytes.readUInt16BE(96),
    flags: bytes.readUInt16BE(98),
    plainPort: bytes.readUInt16BE(100),
  };
}

/** Those that are not known are passed over. */
function decodeExtensions(bytes: Buffer, count: number): { hostname: string | undefined } | undefined {
  let hostname: string | undefined;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (bytes.length - at < 8) return undefined;
    const length = bytes.readUInt32BE(at);
    if (length < 8 || length % 8 !== 0 || length > bytes.length - at) return undefined;
    if (bytes.readUInt16BE(at + 4) === HOSTNAME_EXTENSION) hostname = textAt(bytes, at + 8, length - 8);
    at += length;
  }
  return at === bytes.length && isPlace(hostname ?? '') ? { hostname } : undefined;
}

function decodePublish(
  type: typeof MessageType.publish | typeof MessageType.publishShard,
  body: Buffer,
): MessageBody | undefined {
  if (body.length < 8) return undefined;
  const channelEnd = 8 + body.readUInt32BE(0);
  if (channelEnd + body.readUInt32BE(4) !== body.length) return undefined;
  return { type, channel: body.latin1Slice(8, channelEnd), message: body.latin1Slice(channelEnd) };
}

/** Addresses and names of hosts: they stand in lines of the nodes file. */
function isPlace(text: string): boolean {
  return /^[0-9A-Za-z.:%_-]*$/.test(text);
}

/** Up to the first NUL. */
function textAt(bytes: Buffer, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.latin1Slice(at, end < 0 ? at + length : Math.min(end, at + length));
}

function readLong(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at));
}

function writeLong(bytes: Buffer, value: number, at: number): void {
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
}
