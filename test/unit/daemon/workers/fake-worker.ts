import type { Socket } from 'node:net';
import type { Refusal, WorkerConfig } from '../../../../src/daemon/workers/calls.js';
import { CallError } from '../../../../src/daemon/workers/channel.js';
import type { WorkerProcess } from '../../../../src/daemon/workers/worker-process.js';

/** A worker without a process: it notes what it is asked, and answers as it is told. */
export class FakeWorker implements WorkerProcess {
  readonly pid = 4711;
  readonly asked: string[] = [];
  readonly taken: { readonly listener: string; readonly elsewhere: number; readonly socket: Socket | undefined }[] = [];
  readonly configs: string[] = [];
  readonly ended: Promise<string>;
  /** Why it refuses configurations. */
  refusal: Refusal | null = null;
  /** Names of calls that it does not answer. */
  readonly silent = new Set<string>();
  killed = false;
  #end: (why: string) => void = () => {};
  #isOver = false;
  readonly #waiting = new Set<{ readonly answer: () => void; readonly reject: (error: Error) => void }>();

  constructor(readonly id: number) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  readonly calls: WorkerProcess['calls'] = {
    call: (name: string, asked: unknown, socket?: Socket) => this.#call(name, asked, socket) as Promise<never>,
  };

  kill(): void {
    this.killed = true;
    this.end('SIGKILL');
  }

  end(why: string): void {
    this.#isOver = true;
    for (const { reject } of this.#waiting) reject(new CallError(why));
    this.#end(why);
  }

  /** Answers what it was silent about, and is silent no more. */
  release(): void {
    this.silent.clear();
    for (const { answer } of this.#waiting) answer();
    this.#waiting.clear();
  }

  async #call(name: string, asked: unknown, socket: Socket | undefined): Promise<unknown> {
    if (this.#isOver) throw new CallError('it has ended');
    this.asked.push(name);
    if (name === 'accept') this.taken.push({ ...(asked as { listener: string; elsewhere: number }), socket });
    if (name === 'prepare') this.configs.push((asked as WorkerConfig).config);
    if (this.silent.has(name)) {
      await new Promise<void>((answer, reject) => this.#waiting.add({ answer, reject }));
    }
    if (name === 'stop') setImmediate(() => this.end('exit status 0'));
    return name === 'prepare' ? this.refusal : null;
  }
}

/** Lets what is settled be heard. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
