import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inspect } from 'node:util';
import type { Address } from '../../src/net/address.js';

/** How long a test waits for bytes before it fails. */
const PATIENCE = 20_000;

/** A client that says exactly these bytes and expects exactly those. */
export class Wire {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #changed = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    for (const event of ['end', 'close', 'error'] as const) {
      socket.on(event, () => {
        this.#ended = true;
        this.#changed();
      });
    }
  }

  static async connect(address: Address): Promise<Wire> {
    const socket = connect({ ...address, allowHalfOpen: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends FIN and still listens, as Exim does. */
  halfClose(): void {
    this.socket.end();
  }

  /** Takes the expected bytes from what arrives; fails on other bytes, on an early end, or when nothing comes any more. */
  async expect(expected: string | Uint8Array): Promise<void> {
    let wanted = Buffer.from(expected);
    while (wanted.length > 0) {
      await this.#until(() => this.#received.length > 0);
      const got = this.#received.subarray(0, wanted.length);
      if (got.length === 0 || !got.equals(wanted.subarray(0, got.length)))
        throw new Error(`expected ${show(wanted)}, got ${show(this.#received)}${this.#ended ? ' and the end' : ''}`);
      this.#received = this.#received.subarray(got.length);
      wanted = wanted.subarray(got.length);
    }
  }

  /** Takes everything up to and including the mark. */
  async readUntil(mark: string): Promise<Buffer> {
    await this.#until(() => this.#received.includes(mark));
    const at = this.#received.indexOf(mark);
    if (at === -1) throw new Error(`expected ${show(Buffer.from(mark))}, got ${show(this.#received)} and the end`);
    const taken = this.#received.subarray(0, at + mark.length);
    this.#received = this.#received.subarray(at + mark.length);
    return taken;
  }

  /** Everything that still comes until the peer closes. */
  async rest(): Promise<Buffer> {
    await this.#until(() => this.#ended);
    if (!this.#ended) throw new Error(`expected the end, got ${show(this.#received)}`);
    return this.#received;
  }

  async expectEnd(): Promise<void> {
    const rest = await this.rest();
    if (rest.length > 0) throw new Error(`expected the end, got ${show(rest)}`);
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    const late = Date.now() + PATIENCE;
    while (!condition() && !this.#ended && Date.now() < late) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, late - Date.now());
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function show(bytes: Buffer): string {
  return inspect(bytes.toString('latin1').slice(0, 400));
}
