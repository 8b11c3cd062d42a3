import type { Socket } from 'node:net';
import { writeNow } from '../../net/write-now.js';
import type { ReplyWriter } from '../../resp/writer.js';
import type { Server } from '../server.js';
import type { ClientBuffers } from './client-buffers.js';
import { OutputLimitCheck } from './output-limit.js';
import { logReplicaReply } from './replica-reply.js';
import type { ReplyGate } from './reply-gate.js';
import type { Session } from './session.js';
import type { Held } from './turn.js';

/**
 * What goes out to a client: its replies, in one write for all that ran together, and a replica's stream. Effects go to
 * the append-only file before a reply can tell of them.
 */
export class Outgoing {
  /** Enough replies wait for the disk: until they are out nothing is read from the client, and none of its commands runs. */
  isStuck = false;
  private readonly limit: OutputLimitCheck;
  /** Bytes of replies that were given to the client since it connected. */
  private given = 0;
  /** Since when its last replies are on their way. */
  private endingSince = 0;

  constructor(
    private readonly server: Server,
    private readonly client: Client,
    private readonly writer: ReplyWriter,
    private readonly gate: ReplyGate | undefined,
  ) {
    this.limit = new OutputLimitCheck(client.session, server.settings);
  }

  /** Bytes that the client has not been given, or not taken. */
  get unsent(): number {
    return this.writer.length + this.client.stream.writableLength;
  }

  /** Where its replies end, in bytes since it connected. */
  get place(): number {
    return this.given + this.writer.length;
  }

  /** What the replies of one go may have; answers how many bytes are enough to send them. */
  begin(): number {
    this.writer.limit = this.limit.mostReply(this.client.stream.writableLength);
    return Math.min(SEND_AT, this.writer.limit);
  }

  /** Bytes that are no reply. */
  write(bytes: Buffer): void {
    const { server } = this;
    const { stream } = this.client;
    this.send('now');
    if (!stream.writable) return;
    server.stats.bytesOut += bytes.length;
    stream.write(bytes);
    this.check();
  }

  /** Ends the connection if more is left unread, or held for a replica, than its class may. */
  check(): void {
    if (this.isTooSlow(this.client.session.replica?.heldBytes ?? 0, this.server.keyspace.now)) this.cut();
  }

  /** The client has left more unread than it may, `more` bytes included. */
  isTooSlow(more: number, now: number): boolean {
    return this.limit.isOver(this.client.stream.writableLength, more, now);
  }

  /** Everything that was on its way has been taken. */
  drained(): void {
    this.limit.replied(0, 0);
  }

  /** False when no more of the client's commands may run for now: it takes no more, is gone, or has to wait for the disk. */
  send(when: When): boolean {
    const { writer, server, client } = this;
    if (writer.length === 0 && !writer.full) return true;
    if (!this.maySend()) return false;
    const { appender } = server.appendOnlyFile;
    const isMuch = writer.length > HELD || when !== 'later';
    if (!isMuch || (when !== 'now' && appender.isSlow)) {
      writer.park();
      server.turn.hold(client);
      if (isMuch) this.stick();
      return !this.isStuck;
    }
    if (appender.isBehind) appender.settle();
    return this.transmit();
  }

  /** What was held back until the turn's end, or until it is on disk: up to a place, what follows waits on. */
  release(upTo = Number.POSITIVE_INFINITY): void {
    const { writer, client } = this;
    const most = upTo - this.given;
    if ((writer.full || (writer.length > 0 && most > 0)) && this.maySend()) this.transmit(most);
    client.countBuffers();
    if (client.session.closing) this.end();
    if (!this.isStuck || writer.length > HELD) return;
    this.isStuck = false;
    // Whatever it waits for itself: that it leaves is to be heard.
    if (!client.isPaused) client.stream.resume();
    if (!client.isPaused || !client.stream.writableNeedDrain) client.flush();
  }

  private stick(): void {
    this.isStuck = true;
    this.client.stream.pause();
  }

  /** The connection ends once everything is sent. */
  end(): void {
    if (this.endingSince > 0 || this.gate?.isHolding === true || this.writer.length > 0) return;
    this.endingSince = this.server.clock.now();
    this.client.stream.destroySoon();
  }

  /** It has had its time to take its last replies. */
  hasLingered(now: number): boolean {
    return this.endingSince > 0 && now - this.endingSince > LINGER;
  }

  /** Ends the connection without sending anything more. */
  cut(): void {
    const { client, server } = this;
    if (client.session.closing && client.stream.destroyed) return;
    server.log('warning', `Client ${client.title} closed for overcoming of output buffer limits.`);
    client.destroy();
  }

  /** Ends the connection of a client that has too much to take. */
  private maySend(): boolean {
    const { writer } = this;
    if (!writer.full && !this.isTooSlow(writer.length, this.server.keyspace.now)) return true;
    this.cut();
    return false;
  }

  private transmit(most?: number): boolean {
    const { writer, client, server } = this;
    const { stream } = client;
    if (client.session.replica?.isAttached === true) return this.refuseReply();
    const taken = writer.take(most);
    this.given += taken.length;
    const bytes = this.gate?.pass(taken) ?? taken;
    client.buffers.replied(bytes.length);
    server.stats.bytesOut += bytes.length;
    server.stats.writes++;
    const sent = writeNow(stream, client.descriptor, bytes);
    const rest = sent === bytes.length ? undefined : bytes.subarray(sent);
    const isTaken = rest === undefined || !stream.writable || stream.write(rest) || stream.writableLength < MAX_UNREAD;
    this.limit.replied(bytes.length, stream.writableLength);
    if (stream.writableLength === 0) writer.release();
    else writer.leave();
    if (!isTaken) client.pause();
    return isTaken;
  }

  /** The stream has no place for replies. */
  private refuseReply(): boolean {
    logReplicaReply(this.server, this.client.session, this.writer.take());
    this.client.destroy();
    return false;
  }
}

/**
 * When replies go out: `later`, with everybody's at the turn's end unless they are many; `soon`, once what they may tell of
 * is where it has to be, beside the event loop where that takes time; `now`, before the call returns.
 */
export type When = 'later' | 'soon' | 'now';

/** The connection's other half: what comes in. */
interface Client extends Held {
  readonly session: Session;
  readonly stream: Socket;
  readonly descriptor: number;
  readonly buffers: ClientBuffers;
  /** It takes no more for now, so nothing more is read from it; whether it waits for the disk is another question. */
  readonly isPaused: boolean;
  /** As the log has it. */
  readonly title: string;
  pause(): void;
  /** Goes on with what has come, soon. */
  flush(): void;
  countBuffers(): void;
  destroy(): void;
}

const SEND_AT = 256 * 1024;
/** What may wait for the end of a turn. */
const HELD = 32 * 1024;
/** Replies that wait for a client before no more of its commands are read. */
const MAX_UNREAD = 16 * 1024 * 1024;
/** Milliseconds in which a client has to take its last replies. */
const LINGER = 60_000;
