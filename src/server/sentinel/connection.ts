import type { Socket } from 'node:net';
import type { ByteString } from '../../resp/args.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { type Push, ReplyDecoder } from '../../resp/reply-decoder.js';
import { encodeWords } from '../../resp/request-encoder.js';
import { connectToPeer } from '../peer-connections.js';
import type { Server } from '../server.js';
import type { InstanceAddress } from './address.js';

export type OnReply = (reply: SentinelReply) => void;

/** RESP2: nothing else is asked for. */
export type SentinelReply = string | number | ReplyError | null | readonly SentinelReply[];

/**
 * A connection to an instance that is watched, in RESP2, plain or by TLS (`tls-replication`). Commands may be sent before
 * it is there; what was asked is answered in order, or never, when it ends first: then `ended` is called, once.
 */
export class SentinelConnection {
  readonly createdAt: number;
  private readonly socket: Socket;
  private readonly decoder = new ReplyDecoder();
  private readonly waiting: OnReply[] = [];
  /** Takes what comes without having been asked for. */
  onMessage: OnReply | undefined;
  private isOver = false;

  /** Throws TlsError. */
  constructor(
    server: Server,
    { ip, port }: InstanceAddress,
    private readonly ended: (connection: SentinelConnection) => void,
  ) {
    this.createdAt = server.clock.now();
    this.socket = connectToPeer(server, { host: ip, port });
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => this.receive(chunk));
    this.socket.on('error', () => this.fail());
    this.socket.on('close', () => this.fail());
  }

  /** This end's address, once there is a connection. */
  get localAddress(): string | undefined {
    return this.socket.localAddress?.replace(/^::ffff:/, '');
  }

  send(words: readonly ByteString[], onReply: OnReply): void {
    if (this.isOver) return;
    this.waiting.push(onReply);
    this.socket.write(encodeWords(words));
  }

  /** Nobody is told, and nothing is answered any more. */
  close(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  private fail(): void {
    if (this.isOver) return;
    this.close();
    this.ended(this);
  }

  private receive(chunk: Buffer): void {
    let replies: (Reply | Push)[];
    try {
      replies = this.decoder.push(chunk);
    } catch {
      this.fail();
      return;
    }
    for (const reply of replies) {
      const value = plain(reply);
      const onReply = isMessage(value) ? this.onMessage : this.waiting.shift();
      onReply?.(value);
      if (this.isOver) return;
    }
  }
}

function isMessage(reply: SentinelReply): boolean {
  return Array.isArray(reply) && reply[0] === 'message';
}

/** Bytes as text, one character each. */
function plain(reply: Reply | Push): SentinelReply {
  if (Buffer.isBuffer(reply)) return reply.latin1Slice();
  if (Array.isArray(reply)) return reply.map(plain);
  if (reply === null || typeof reply === 'string' || typeof reply === 'number') return reply;
  return reply instanceof ReplyError ? reply : String(reply);
}
