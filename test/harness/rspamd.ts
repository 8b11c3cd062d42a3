import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type TemporaryFolder, temporaryFolder } from './folder.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { until } from './until.js';
import { Wire } from './wire.js';

export interface RspamdOptions {
  /** Of Debian's plugins, those that run. */
  readonly modules?: readonly string[];
  /** Rules of one's own: what stands in rspamd.local.lua. */
  readonly lua?: string;
  /** Texts of messages, by what they are scanned as. */
  readonly messages: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/** A rspamd of its own: its files in a temporary folder, its workers on free ports. */
export class Rspamd {
  readonly #child: ChildProcess;
  #log = '';

  private constructor(
    private readonly folder: TemporaryFolder,
    readonly scanPort: number,
    readonly controlPort: number,
    config: string,
  ) {
    this.#child = spawn(executable('rspamd')!, ['-f', '-i', '-c', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => void (this.#log += chunk));
    }
  }

  /** `config` stands behind what every rspamd of the tests is told. */
  static async start(config: string, options: RspamdOptions): Promise<Rspamd> {
    const folder = temporaryFolder();
    const [scan, control] = (await freePorts(2)) as [number, number];
    const file = prepare(folder, { SCAN_PORT: scan, CONTROL_PORT: control, FOLDER: folder.path }, config, options);
    const rspamd = new Rspamd(folder, scan, control, file);
    for (const port of [scan, control]) await until(() => answers(port), 'rspamd answers');
    return rspamd;
  }

  get log(): string {
    return this.#log;
  }

  /** Of a message. */
  fileOf(message: string): string {
    return this.folder.file(message);
  }

  async scan(message: string, from: string, to: string): Promise<{ action: string; symbols: string[] }> {
    const words = ['--ip', '192.0.2.1', '--from', from, '--rcpt', to, this.fileOf(message)];
    const { action, symbols } = (await this.#ask(this.scanPort, words)) as { action: string; symbols: object };
    return { action, symbols: Object.keys(symbols).sort() };
  }

  learn(kind: 'spam' | 'ham', message: string): Promise<unknown> {
    return this.#ask(this.controlPort, [`learn_${kind}`, this.fileOf(message)]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    this.folder[Symbol.dispose]();
  }

  async #ask(port: number, words: readonly string[]): Promise<unknown> {
    const { stdout } = await run(executable('rspamc')!, ['-j', '-h', `127.0.0.1:${port}`, ...words]);
    return JSON.parse(stdout);
  }
}

/** Writes what rspamd reads, and answers where its configuration is. */
function prepare(
  folder: TemporaryFolder,
  values: Readonly<Record<string, string | number>>,
  config: string,
  { modules = [], lua = '', messages }: RspamdOptions,
): string {
  mkdirSync(folder.file('modules'));
  mkdirSync(folder.file('no-languages'));
  for (const name of modules) symlinkSync(`/usr/share/rspamd/plugins/${name}.lua`, folder.file(`modules/${name}.lua`));
  writeFileSync(folder.file('rspamd.lua'), `require "global_functions" ()\n${lua}\n`);
  writeFileSync(folder.file('tld.dat'), 'com\nnet\norg\n');
  for (const [name, text] of Object.entries(messages)) {
    writeFileSync(folder.file(name), `From: a@example.net\nTo: b@example.org\nSubject: ${name}\n\n${text}\n`);
  }
  const basics = readFileSync(new URL('rspamd.conf', import.meta.url), 'utf8');
  const told = basics.replace(/\$\{(\w+)\}/g, (_, name: string) => String(values[name]));
  writeFileSync(folder.file('rspamd.conf'), `${told}\n${config}\n`);
  return folder.file('rspamd.conf');
}

async function answers(port: number): Promise<boolean> {
  const wire = await Wire.connect({ host: '127.0.0.1', port }).catch(() => undefined);
  wire?.close();
  return wire !== undefined;
}
