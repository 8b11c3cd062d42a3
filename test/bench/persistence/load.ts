import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Subject } from '../server/subject.js';

/** Writes that are sent at an even rate, whatever the answers take, until it is stopped. */
export class SteadyWrites {
  sent = 0;
  private answered = 0;
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `command` makes an encoded request that is answered by one line. */
  static async begin({ port }: Subject, perSecond: number, command: (i: number) => string): Promise<SteadyWrites> {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    return new SteadyWrites(socket, perSecond, command);
  }

  private constructor(
    private readonly socket: Socket,
    perSecond: number,
    command: (i: number) => string,
  ) {
    socket.on('data', (bytes: Buffer) => {
      for (const byte of bytes) if (byte === LF) this.answered++;
    });
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.began) * perSecond) / 1000);
      let text = '';
      for (; this.sent < due; this.sent++) text += command(this.sent);
      if (text !== '') socket.write(text, 'latin1');
    }, 1);
  }

  /** Writes that were answered in each second. */
  async end(): Promise<number> {
    clearInterval(this.timer);
    const seconds = (performance.now() - this.began) / 1000;
    while (this.answered < this.sent && !this.socket.destroyed) await wait(1);
    this.socket.destroy();
    return this.sent / seconds;
  }
}

/** Asks again and again, a millisecond after each answer: how long the answers take. */
export class Pings {
  readonly times: number[] = [];
  private isOver = false;

  static async begin({ port }: Subject): Promise<Pings> {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    const pings = new Pings(socket);
    void pings.run();
    return pings;
  }

  private constructor(private readonly socket: Socket) {}

  /** Milliseconds of the longest, and of the 99th of a hundred. */
  end(): { readonly p99: number; readonly longest: number } {
    this.isOver = true;
    this.socket.destroy();
    const sorted = this.times.sort((a, b) => a - b);
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longest: sorted.at(-1) ?? 0 };
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const asked = performance.now();
      this.socket.write('PING\r\n');
      await once(this.socket, 'data').catch(() => undefined);
      if (!this.isOver) this.times.push(performance.now() - asked);
      await wait(1);
    }
  }
}

const LF = 0x0a;

/** A request as it is sent, of ASCII words. */
export function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
