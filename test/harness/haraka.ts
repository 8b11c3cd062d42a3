import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { installBuilt } from './built-package.js';
import { temporaryFolder } from './folder.js';
import { freePorts } from './ports.js';
import { HARAKA } from './programs.js';
import { SmtpClient } from './smtp-client.js';
import { until } from './until.js';

/** A Haraka of its own, with lookupd installed in its folder, that takes mail and throws it away. */
export class Haraka {
  readonly #folder = temporaryFolder();
  readonly #child: ChildProcess;
  readonly port: number;
  #log = '';

  private constructor(port: number, files: Readonly<Record<string, string>>) {
    this.port = port;
    execFileSync(process.execPath, [HARAKA, '-i', this.#folder.path], { stdio: 'ignore' });
    installBuilt(this.#folder.path);
    for (const [file, text] of Object.entries({ ...basicFiles(port), ...files })) {
      mkdirSync(dirname(this.#folder.file(file)), { recursive: true });
      writeFileSync(this.#folder.file(file), text);
    }
    this.#child = spawn(process.execPath, [HARAKA, '-c', this.#folder.path], {
      cwd: this.#folder.path,
      env: { PATH: process.env['PATH'], YES_REALLY_DO_DISCARD: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (this.#log += text));
    }
  }

  /** `files` are those of its folder, by path. Resolves when it takes connections, or has ended. */
  static async start(files: Readonly<Record<string, string>>): Promise<Haraka> {
    const [port] = (await freePorts(1)) as [number];
    const haraka = new Haraka(port, files);
    await until(async () => haraka.ended || (await haraka.#answers()), 'Haraka to start');
    return haraka;
  }

  get log(): string {
    return this.#log;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  connect(): Promise<SmtpClient> {
    return SmtpClient.connect(this.port);
  }

  async #answers(): Promise<boolean> {
    const client = await this.connect().catch(() => undefined);
    client?.close();
    return client !== undefined;
  }

  async stop(): Promise<void> {
    if (!this.ended) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }
}

function basicFiles(port: number): Record<string, string> {
  return {
    'config/smtp.ini': `listen=127.0.0.1:${port}\nnodes=0\n`,
    'config/me': 'mx.test\n',
    'config/log.ini': 'level=info\n',
  };
}
