import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Protocol } from '../../../src/config/model.js';
import { TestDaemon } from '../../harness/daemon.js';
import { temporaryFolder } from '../../harness/folder.js';
import { MemoryStore } from '../../harness/memory-store.js';
import { ASKED_KEYS, PROTOCOLS, spokenConfig } from '../../harness/spoken.js';
import { until } from '../../harness/until.js';

/** Stopping, and taking a listener away, under load: what has been received is answered. */

/** Answers a few turns of the event loop later. */
class SlowStore extends MemoryStore {
  constructor(name: string) {
    super(name, Object.fromEntries(ASKED_KEYS.map((key) => [key, 'v'])));
    Object.defineProperty(this, 'gate', { get: () => turns(5) });
  }

  get asked(): number {
    return this.calls.filter(([operation]) => /^get/.test(operation!)).length;
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A client that asks one thing after the other, on one connection or each on its own, until it is told to stop. */
class Client {
  sent = 0;
  answered = 0;
  goesOn = true;
  readonly ended: Promise<void>;

  constructor(
    private readonly protocol: Protocol,
    private readonly path: string,
    private readonly reconnects: boolean,
  ) {
    this.ended = this.#run();
  }

  async #run(): Promise<void> {
    let isServed = true;
    while (isServed && this.goesOn) isServed = await this.#converse();
  }

  /** Resolves at the end of a connection: whether it was asked and answered at least once. */
  #converse(): Promise<boolean> {
    const { ask, found, hello = '' } = PROTOCOLS[this.protocol];
    return new Promise((resolve) => {
      const socket: Socket = connect(this.path);
      let text = '';
      let isAnswered = false;
      const next = () => {
        if (!this.goesOn || (isAnswered && this.reconnects)) return void socket.end();
        this.sent++;
        socket.write(ask);
      };
      socket.once('connect', () => {
        socket.write(hello);
        next();
      });
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        if (!text.includes(found)) return;
        text = '';
        isAnswered = true;
        this.answered++;
        next();
      });
      socket.on('error', () => undefined).once('close', () => resolve(isAnswered));
    });
  }
}

describe.each(Object.keys(PROTOCOLS) as Protocol[])('%s', (protocol) => {
  test.each([
    ['SIGTERM', (daemon: TestDaemon) => daemon.stop()],
    ['a reload without the listener', (daemon: TestDaemon) => daemon.reload('[lookup.none]\nk = "v"')],
  ])('%s loses nothing that was received', async (_, end) => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const store = new SlowStore('local');
    const openStore = () => Promise.resolve(store.store);
    const daemon = await TestDaemon.start(spokenConfig(protocol, path), { openStore });
    const kinds = Array.from({ length: 20 }, (_, i) => i);
    const clients = kinds.map((i) => new Client(protocol, path, i % 2 === 0));
    await until(() => clients.every(({ answered }) => answered >= 10), 'all are served');

    // Half of them ask nothing more: all they have sent is on its way. The others go on.
    const quiet = clients.filter((_, i) => i % 4 < 2);
    for (const client of quiet) client.goesOn = false;
    await end(daemon);
    await Promise.all(clients.map(({ ended }) => ended));
    expect(quiet.map(({ answered }) => answered)).toEqual(quiet.map(({ sent }) => sent));
    expect(clients.reduce((sum, { answered }) => sum + answered, 0)).toBe(store.asked);
    await daemon.stop();
  });
});
