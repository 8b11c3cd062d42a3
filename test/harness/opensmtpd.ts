import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from './folder.js';
import { freePorts } from './ports.js';
import { executable, OPENSMTPD, OPENSMTPD_TABLES } from './programs.js';
import { SmtpClient } from './smtp-client.js';
import { until } from './until.js';

/** smtpd has its paths built in: it runs in a folder that is the whole world to it. */
export const mayRunOpenSmtpd = process.getuid?.() === 0;

const PROGRAMS = [
  [OPENSMTPD, 'usr/sbin/smtpd'],
  [OPENSMTPD_TABLES, 'usr/libexec/opensmtpd/table-socketmap'],
] as const;

const USERS = ['root:x:0:0', 'opensmtpd:x:901:901', 'opensmtpq:x:902:902', 'vmail:x:903:903'];

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': USERS.map((user) => `${user}::/tmp:/bin/false\n`).join(''),
  'etc/group': USERS.map((user) => `${user.replace(/:\d+$/, '')}:\n`).join(''),
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/mailname': 'mx.test\n',
  'etc/aliases': '',
};

/** What smtpd takes for `/`: programs, their libraries, users, and room for its queue. */
export function openSmtpdRoot(): TemporaryFolder {
  const root = temporaryFolder();
  chmodSync(root.path, 0o755);
  for (const [unpacked, program] of PROGRAMS) {
    copy(join(unpacked, program), root.file(program));
    for (const library of librariesOf(join(unpacked, program))) copy(library, root.file(library));
  }
  for (const folder of [
    'tmp',
    'run/lookupd',
    'var/run',
    'var/mail',
    'var/lib/opensmtpd/empty',
    'var/spool/smtpd',
    'dev',
  ]) {
    mkdirSync(root.file(folder), { recursive: true });
  }
  chmodSync(root.file('var/spool/smtpd'), 0o711);
  mkdirSync(root.file('etc'));
  for (const [file, text] of Object.entries(FILES)) writeFileSync(root.file(file), text);
  for (const [name, minor] of [
    ['null', '3'],
    ['urandom', '9'],
  ] as const) {
    execFileSync(executable('mknod')!, ['-m', '666', root.file(`dev/${name}`), 'c', '1', minor]);
  }
  return root;
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}

function librariesOf(program: string): string[] {
  const printed = execFileSync(executable('ldd')!, [program], { encoding: 'utf8' });
  return [...printed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
}

/** A whole OpenSMTPD in such a root, on a free port. */
export class OpenSmtpd {
  readonly #child: ChildProcess;
  #log = '';

  private constructor(
    root: TemporaryFolder,
    private readonly port: number,
  ) {
    const arguments_ = [root.path, '/usr/sbin/smtpd', '-d', '-f', '/etc/smtpd.conf'];
    this.#child = spawn(executable('chroot')!, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (this.#log += text));
    }
  }

  /** `smtpd` are lines of smtpd.conf. Resolves when it takes mail, or has ended. */
  static async start(root: TemporaryFolder, smtpd: string): Promise<OpenSmtpd> {
    const [port] = (await freePorts(1)) as [number];
    const lines = smtpd.split('\n');
    const tables = lines.filter((line) => line.startsWith('table '));
    const rules = lines.filter((line) => !line.startsWith('table '));
    const config = [...tables, `listen on 127.0.0.1 port ${port}`, ...rules, ''].join('\n');
    writeFileSync(root.file('etc/smtpd.conf'), config);
    const running = new OpenSmtpd(root, port);
    await until(async () => running.ended || (await running.#answers()), 'smtpd answers');
    return running;
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

  async stop(): Promise<void> {
    if (this.ended) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  async #answers(): Promise<boolean> {
    const client = await this.connect().catch(() => undefined);
    client?.close();
    return client !== undefined;
  }
}
