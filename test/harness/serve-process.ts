import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const PROGRAM = fileURLToPath(new URL('./serve-program.ts', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TSX = import.meta.resolve('tsx');

export interface ServeProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Listening sockets to hand over, by name, as systemd does. */
  readonly sockets?: readonly (readonly [name: string, server: Server])[];
  /** What `npm run build` has made, instead of the sources: its processes start sooner. */
  readonly built?: boolean;
}

/** `lookupd serve` as a process of its own, from the sources, with its JSON log. */
export class ServeProcess {
  readonly #child: ChildProcess;
  readonly #file: string;
  #output = '';

  /** Writes the configuration to the file and starts; `ready` says when it listens. */
  constructor(file: string, toml: string, { env = {}, sockets = [], built = false }: ServeProcessOptions = {}) {
    this.#file = file;
    this.configure(toml);
    const program = built ? [BUILT, 'serve', '-c', file] : ['--import', TSX, PROGRAM, file];
    const args = [process.execPath, ...program];
    // The shell knows the number of the process that it becomes.
    const shell = sockets.length === 0 ? 'exec "$@"' : 'LISTEN_PID=$$ exec "$@"';
    const announced = { LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: sockets.map(([name]) => name).join(':') };
    // What it leaves behind when it is killed goes with the test's folder.
    const own = { RUNTIME_DIRECTORY: dirname(file) };
    this.#child = spawn('/bin/sh', ['-c', shell, 'sh', ...args], {
      stdio: ['ignore', 'inherit', 'pipe', ...sockets.map(([, server]) => descriptorOf(server))],
      env: { ...process.env, ...own, ...(sockets.length === 0 ? {} : announced), ...env },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => void (this.#output += chunk.toString()));
  }

  /** Everything on standard error so far. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  configure(toml: string): void {
    writeFileSync(this.#file, toml);
  }

  async ready(limit?: number): Promise<void> {
    await until(() => this.#output.includes('"msg":"try:') || this.#ended, 'the daemon listens', limit);
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

/** Of a socket that this process listens on. */
function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
