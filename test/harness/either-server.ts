import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type TemporaryFolder, temporaryFolder } from './folder.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { parseLine, RawClient } from './raw-client.js';
import { endWithUs, untilSaid } from './redis.js';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What is started with the same options. */
const PROGRAMS = {
  ours: [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, 'server'],
  'redis-server': [executable('redis-server') ?? 'redis-server'],
} as const satisfies Record<string, readonly string[]>;

export type ServerProgram = keyof typeof PROGRAMS;

const START_ATTEMPTS = 5;

/** A server as a process, ours or a real one; its folder stays when it ends, and is there when it is started again. */
export class EitherServer implements AsyncDisposable {
  readonly folder: TemporaryFolder = temporaryFolder();
  #child: ChildProcess | undefined;
  #client: RawClient | undefined;

  constructor(private readonly program: ServerProgram) {}

  async start(...options: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const [port = 0] = await freePorts(1);
      try {
        await untilSaid(this.#spawn(port, options), 'Ready to accept connections');
        this.#client = await RawClient.connect(port);
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS || !/in use/.test(String(error))) throw error;
      }
    }
  }

  /** What a start that comes to nothing says. */
  async refusal(...options: readonly string[]): Promise<string> {
    const [port = 0] = await freePorts(1);
    const child = this.#spawn(port, options);
    const said = untilSaid(child, 'Ready to accept connections');
    return await said.then(
      (output) => Promise.reject(new Error(`the server is ready: ${output}`)),
      (error) => String(error),
    );
  }

  /** The reply's bytes as text. */
  async ask(line: string): Promise<string> {
    if (this.#client === undefined) throw new Error('the server has not been started');
    return (await this.#client.ask(parseLine(line))).toString('latin1');
  }

  /** A field of INFO. */
  async info(field: string): Promise<string> {
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(await this.ask('INFO'))?.[1] ?? '';
  }

  /** BGSAVE, and what has come of it. */
  async saveInBackground(): Promise<string> {
    await this.ask('BGSAVE');
    await until(async () => (await this.info('rdb_bgsave_in_progress')) === '0', 'the save has ended');
    return this.info('rdb_last_bgsave_status');
  }

  /** A command or a signal that ends it; its exit code. */
  async endBy(how: string): Promise<number | null> {
    const child = this.#child!;
    const gone = once(child, 'exit');
    if (how.startsWith('SIG')) child.kill(how as NodeJS.Signals);
    else this.#client?.send(parseLine(how));
    await gone;
    this.#client?.close();
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await this.endBy('SIGKILL');
    this.folder[Symbol.dispose]();
  }

  #spawn(port: number, options: readonly string[]): ChildProcess {
    const [program, ...first] = PROGRAMS[this.program];
    const words = [...first, '--port', String(port), '--dir', this.folder.path, ...options];
    this.#child = spawn(program, words, { cwd: this.folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(this.#child);
    return this.#child;
  }
}
