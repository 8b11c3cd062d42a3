import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { until } from './until.js';

const SERVE = new URL('../../src/daemon/serve.ts', import.meta.url).href;
const TSX = import.meta.resolve('tsx');
const PROGRAM = `const { serve } = await import(${JSON.stringify(SERVE)});
process.exitCode = await serve({ configFile: process.argv[1] });`;

/** `lookupd serve` as a process of its own, from the sources, with its JSON log. */
export class ServeProcess {
  readonly #child: ChildProcess;
  readonly #file: string;
  #output = '';

  /** Writes the configuration to the file and starts; `ready` says when it listens. */
  constructor(file: string, toml: string) {
    this.#file = file;
    this.configure(toml);
    const args = ['--import', TSX, '--input-type=module', '-e', PROGRAM, file];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => void (this.#output += chunk.toString()));
  }

  /** Everything on standard error so far. */
  get output(): string {
    return this.#output;
  }

  configure(toml: string): void {
    writeFileSync(this.#file, toml);
  }

  async ready(): Promise<void> {
    await until(() => this.#output.includes('"msg":"try:') || this.#ended, 'the daemon listens');
    if (this.#ended) throw new Error(`the daemon ended: ${this.#output}`);
  }

  signal(signal: 'SIGHUP' | 'SIGTERM' | 'SIGINT'): void {
    this.#child.kill(signal);
  }

  /** Waits until the log holds the text. */
  logged(text: string): Promise<void> {
    return until(() => this.#output.includes(text), `the log says ${text}`);
  }

  /** The exit status, when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (!this.#ended) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
