import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.js';
import { endWithUs, untilSaid } from './redis.js';
import { kill, Restartable } from './restartable.js';

/** Mounts of its own for a shell script: nobody else sees them, and they are gone with the last process that does. */
const OWN_MOUNTS = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c'] as const;

/** One in memory, or one that can break: ext4 takes nothing more then, from open files neither. */
type Kind = 'tmpfs' | 'ext4';

const mount = (folder: string, kind: Kind) => {
  if (kind === 'tmpfs') return `mount -t tmpfs -o size=2m,mode=700 tmpfs ${folder}/disk`;
  return `truncate -s 2m ${folder}/image && mkfs.ext4 -q ${folder}/image && mount -o loop ${folder}/image ${folder}/disk`;
};

/** Only root may, and not in every container. */
export const mayMount = (kind: Kind): boolean => {
  using folder = temporaryFolder();
  mkdirSync(folder.file('disk'));
  const [program, ...args] = OWN_MOUNTS;
  const script = `${mount(folder.path, kind)} && mount -o remount,ro ${folder.path}/disk`;
  return spawnSync(program, [...args, script], { stdio: 'ignore' }).status === 0;
};

/** A server whose files are on a disk of 2 MB, which is there until the end whether the server runs or not. */
export class ServerOnSmallDisk extends Restartable {
  readonly #folder = temporaryFolder();
  #holder: ChildProcess | undefined;

  constructor(private readonly command: readonly string[]) {
    super();
    mkdirSync(this.#path);
  }

  get #path(): string {
    return this.#folder.file('disk');
  }

  /** To be awaited before all else. */
  async mount(kind: Kind = 'tmpfs'): Promise<void> {
    const [program, ...args] = OWN_MOUNTS;
    // It ends with its input: however a test run ends, the disk is gone with it.
    const script = `${mount(this.#folder.path, kind)} && echo mounted && exec cat`;
    const holder = spawn(program, [...args, script], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#holder = holder;
    endWithUs(holder);
    await untilSaid(holder, 'mounted');
  }

  /** To `ro` it fails as long as a file is open that may be written; `abort` breaks an ext4. */
  remount(mode: 'ro' | 'rw' | 'abort'): void {
    const [program = '', ...args] = this.#inside(['mount', '-o', `remount,${mode}`, this.#path]);
    execFileSync(program, args);
  }

  /** Leaves so many bytes free, in whole pages, until `empty`. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.file(''));
    writeFileSync(this.file(BALLAST), Buffer.alloc(bavail * bsize - left), { flag: 'a' });
  }

  empty(): void {
    rmSync(this.file(BALLAST));
  }

  /** What it reads at its next start, and may rewrite. */
  configure(text: string): void {
    writeFileSync(this.file(CONFIGURATION), text);
  }

  /** As the server sees it. */
  file(name: string): string {
    return join(`/proc/${this.#holder?.pid}/root`, this.#path, name);
  }

  text(name: string): string {
    return readFileSync(this.file(name), 'latin1');
  }

  names(folder = ''): string[] {
    return readdirSync(this.file(folder))
      .filter((name) => !name.startsWith('.') && name !== BALLAST)
      .sort();
  }

  inode(name: string): number {
    return lstatSync(this.file(name)).ino;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    if (this.#holder) await kill(this.#holder);
    this.#folder[Symbol.dispose]();
  }

  protected override spawn(args: readonly string[]): ChildProcess {
    const file = this.names().includes(CONFIGURATION) ? [join(this.#path, CONFIGURATION)] : [];
    const server = [...this.command, ...file, '--dir', this.#path, '--enable-debug-command', 'yes', ...args];
    const [program = '', ...rest] = this.#inside(server);
    return spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #inside(command: readonly string[]): string[] {
    return ['nsenter', `--mount=/proc/${this.#holder?.pid}/ns/mnt`, '--', ...command];
  }
}

const BALLAST = 'ballast';
const CONFIGURATION = 'redis.conf';
