import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { feed } from './feed.js';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TSX = import.meta.resolve('tsx');

interface ProcessOptions {
  /** A module that is imported before the program. */
  readonly preload?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** What `npm run build` has made of the sources: it starts in a third of the time. */
  readonly isBuilt?: boolean | undefined;
}

/** `lookupd server …` as a process of its own, from the sources, with what it printed. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(args: readonly string[], input = '', { preload, env, isBuilt = false }: ProcessOptions = {}) {
    const modules = [isBuilt ? undefined : TSX, preload].filter((module) => module !== undefined);
    const imports = modules.flatMap((module) => ['--import', module]);
    const options = { stdio: 'pipe', env: { ...process.env, ...env } } as const;
    this.#child = spawn(process.execPath, [...imports, isBuilt ? BUILT : MAIN, 'server', ...args], options);
    feed(this.#child.stdin, input);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => void (this.#output += chunk.toString()));
    }
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ready(): Promise<this> {
    await until(
      () => this.#output.includes('Ready to accept connections') || this.#hasEnded,
      'the server is ready',
      60_000,
    );
    if (this.#hasEnded) throw new Error(`the server ended: ${this.#output}`);
    return this;
  }

  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGABRT'): void {
    this.#child.kill(signal);
  }

  /** Nobody reads what it prints any more. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    if (!this.#hasEnded) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
