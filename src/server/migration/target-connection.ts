import { connect, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { ReplyDecoder } from '../../resp/reply-decoder.js';

/**
 * A connection to the server that keys are sent to. Every wait (to connect, for a piece to be taken, for a reply)
 * ends within the given time, with a TargetError. Replies that come before somebody asks for them are kept; errors
 * are replies. Once a wait has failed the connection is of no more use.
 */
export class TargetConnection {
  /** The database that requests go to, once it is known. */
  database: number | undefined;
  private readonly replies: string[] = [];
  private readonly decoder = new ReplyDecoder();
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
    onClose: () => void,
  ) {
    socket.setNoDelay(true);
    socket.unref();
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('drain', () => this.wake());
    socket.on('close', () => {
      this.ended = true;
      onClose();
      this.wake();
    });
  }

  static async open({ host, port }: TargetAddress, timeout: number, clock: Clock, onClose: () => void) {
    const socket = connect({ host, port });
    const failure = await new Promise<TargetError | undefined>((resolve) => {
      const cancel = clock.schedule(timeout, () => resolve(new TargetError('connecting', true)));
      socket.once('connect', () => resolve(undefined));
      // Who can be found and refuses is told of as Redis tells it: when something is written to it.
      socket.on('error', (error: NodeJS.ErrnoException) =>
        resolve(new TargetError(error.syscall === 'getaddrinfo' ? 'connecting' : 'writing', false)),
      );
      socket.once('close', cancel);
      socket.once('connect', cancel);
    });
    if (failure === undefined) return new TargetConnection(socket, clock, onClose);
    socket.destroy();
    throw failure;
  }

  /** Resolves when the system has taken most of it. */
  async send(bytes: Buffer, timeout: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (this.ended) throw new TargetError('writing', false);
      const taken = this.socket.write(bytes.subarray(at, at + PIECE));
      if (!taken) await this.until(() => !this.socket.writableNeedDrain, 'writing', timeout);
    }
  }

  /** The next reply: the message of an error, undefined for any other. */
  async reply(timeout: number): Promise<string | undefined> {
    if (this.replies.length === 0) await this.until(() => this.replies.length > 0, 'reading', timeout);
    const reply = this.replies.shift()!;
    return reply === NO_ERROR ? undefined : reply;
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    try {
      for (const reply of this.decoder.push(chunk)) this.replies.push(errorIn(reply as Reply));
    } catch {
      // Whatever answers there does not speak RESP.
      this.socket.destroy();
    }
    this.wake();
  }

  private async until(holds: () => boolean, stage: Stage, timeout: number): Promise<void> {
    let isOver = false;
    const cancel = this.clock.schedule(timeout, () => {
      isOver = true;
      this.wake();
    });
    while (!holds() && !this.ended && !isOver) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    cancel();
    if (!holds()) throw new TargetError(stage, isOver);
  }
}

export interface TargetAddress {
  readonly host: string;
  readonly port: number;
}

export type Stage = 'connecting' | 'writing' | 'reading';

/** It broke, or took too long, at this stage. */
export class TargetError extends Error {
  constructor(
    readonly stage: Stage,
    readonly isTimeout: boolean,
  ) {
    super(`error or timeout ${stage}`);
  }
}

function errorIn(reply: Reply): string {
  return reply instanceof ReplyError ? reply.message : NO_ERROR;
}

const NO_ERROR = '';
const PIECE = 64 * 1024;
