import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePorts } from './ports.js';
import { RawClient } from './raw-client.js';
import { endWithUs, untilSaid } from './redis.js';
import { until } from './until.js';

/** A server that is started on the same files again and again, and killed; how it is run says who extends this. */
export abstract class Restartable implements AsyncDisposable {
  client!: RawClient;
  #child: ChildProcess | undefined;

  /** With pipes for what it prints. */
  protected abstract spawn(args: readonly string[]): ChildProcess;

  async start(...args: readonly string[]): Promise<void> {
    const [port = 0] = await freePorts(1);
    await untilSaid(this.#begin(port, args), 'Ready to accept connections');
    this.client = await RawClient.connect(port);
  }

  async startAgain(...args: readonly string[]): Promise<void> {
    await this.end();
    await this.start(...args);
  }

  /** What a start comes to that does not work. */
  async fail(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
    const [port = 0] = await freePorts(1);
    const child = this.#begin(port, args);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    }
    let isClosed = false;
    child.once('close', () => {
      isClosed = true;
    });
    await until(() => isClosed || output.includes('Ready to accept connections'), 'the start has failed');
    if (!isClosed) throw new Error(`the server is ready: ${output}`);
    return { code: child.exitCode, output };
  }

  async end(): Promise<void> {
    this.client?.close();
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) await kill(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #begin(port: number, args: readonly string[]): ChildProcess {
    const child = this.spawn(['--port', String(port), ...args]);
    this.#child = child;
    endWithUs(child);
    return child;
  }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
