import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { feed } from './feed.js';
import { temporaryFolder } from './folder.js';
import { ROOT } from './pages.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { ServeProcess } from './serve-process.js';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Ports that pages use beside those of config/lookupd.toml: servers a reader starts. */
const FURTHER_PORTS = ['7000', '7001'];

export interface LineResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Where the documentation's shell lines are run: a folder with a copy of config/, a `lookupd` from the sources,
 * an empty Postfix configuration, and a daemon on config/lookupd.toml. The pages' fixed ports stand for free
 * ones, in what is run as well as in what is printed.
 */
export class DocShell {
  readonly #folder = temporaryFolder();
  readonly #ports = new Map<string, string>();
  readonly #services: ChildProcess[] = [];
  #daemon: ServeProcess | undefined;

  async start(): Promise<void> {
    const toml = readFileSync(join(ROOT, 'config/lookupd.toml'), 'utf8');
    const written = [...toml.matchAll(/^bind = "127\.0\.0\.1:(\d+)"/gm)].map((match) => match[1]!);
    const names = [...written, ...FURTHER_PORTS];
    for (const [i, port] of (await freePorts(names.length)).entries()) this.#ports.set(names[i]!, String(port));
    cpSync(join(ROOT, 'config'), this.#folder.file('config'), { recursive: true });
    this.#makePrograms();
    this.#daemon = new ServeProcess(this.#folder.file('config/lookupd.toml'), this.#withFreePorts(toml));
    await this.#daemon.ready(50_000);
  }

  /** Runs a line of a page and answers what a reader would see. */
  async run(line: string, input = ''): Promise<LineResult> {
    const child = this.#spawn(line);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => void (text[name] += chunk));
    }
    feed(child.stdin, input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, stdout: this.#asWritten(text.stdout), stderr: this.#asWritten(text.stderr) };
  }

  /** Starts a line that goes on until it is stopped, and waits until something listens on its port. */
  async startService(line: string): Promise<void> {
    const port = Number(/--port (\d+)/.exec(this.#withFreePorts(line))?.[1]);
    if (!(port > 0)) throw new Error(`the line names no port: ${line}`);
    const child = this.#spawn(`exec ${line}`);
    child.stdout?.resume();
    child.stderr?.resume();
    this.#services.push(child);
    await until(() => listens(port) || ended(child), `${line} listens`);
    if (ended(child)) throw new Error(`${line} ended with ${child.exitCode}`);
  }

  /** Postfix's configuration folder for a main.cf of this text. */
  postfixFolder(mainCf: string): string {
    const folder = this.#folder.file('main-cf');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'main.cf'), `${this.#withFreePorts(mainCf)}\n`);
    writeFileSync(join(folder, 'master.cf'), '');
    return folder;
  }

  async stop(): Promise<void> {
    for (const child of this.#services.filter((service) => !ended(service))) {
      child.kill();
      await once(child, 'exit');
    }
    await this.#daemon?.[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  #makePrograms(): void {
    const lookupd = `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${MAIN}' "$@"\n`;
    mkdirSync(this.#folder.file('bin'));
    writeFileSync(this.#folder.file('bin/lookupd'), lookupd, { mode: 0o755 });
    mkdirSync(this.#folder.file('postfix'));
    writeFileSync(this.#folder.file('postfix/main.cf'), '');
    // Its progress is for terminals.
    writeFileSync(this.#folder.file('.curlrc'), 'silent\n');
  }

  #spawn(line: string): ChildProcess {
    const path = `${this.#folder.file('bin')}:${process.env['PATH']}:/usr/sbin:/sbin`;
    const env = { PATH: path, HOME: this.#folder.path, MAIL_CONFIG: this.#folder.file('postfix') };
    return spawn('/bin/sh', ['-c', this.#withFreePorts(line)], { cwd: this.#folder.path, env });
  }

  #withFreePorts(text: string): string {
    return text.replaceAll(/\b\d{4,5}\b/g, (number) => this.#ports.get(number) ?? number);
  }

  #asWritten(text: string): string {
    const written = new Map([...this.#ports].map(([name, port]) => [port, name]));
    return text.replaceAll(/\b\d{4,5}\b/g, (number) => written.get(number) ?? number);
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/** Whether a program that a page uses is on this machine. */
export function isInstalled(program: string): boolean {
  return program === 'lookupd' || BUILT_IN.has(program) || executable(program) !== undefined;
}

const BUILT_IN = new Set(['echo', 'printf', 'kill']);
