import { mkdtempSync, rmSync } from 'node:fs';
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAnswered } from '../../net/unix-socket.js';
import { FolderLock } from '../../server/persistence/folder-lock.js';

/**
 * A folder of this process alone, with short names in it: in the one that systemd made for the service
 * (RuntimeDirectory=), where this process may write there, else among temporary files. It has mode 0700: who can reach a
 * socket in it is the same user.
 *
 * A process that is killed leaves it behind: who makes the next one beside it removes it, when nobody answers at the
 * socket that is its lock.
 */
export class PrivateFolder {
  #path: string | undefined;
  #locking: Promise<FolderLock | undefined> | undefined;
  #names = 0;

  /** A path that nothing had before, of a socket or of a list's text. The first one makes the folder. */
  async next(kind: 'sock' | 'list'): Promise<string> {
    this.#path ??= make(runtimeFolder());
    const folder = this.#path;
    this.#locking ??= lock(folder);
    await this.#locking;
    return path.join(folder, `${++this.#names}.${kind}`);
  }

  remove(): void {
    if (this.#path === undefined) return;
    rmSync(this.#path, { recursive: true, force: true });
    void this.#locking?.then((held) => held?.release()).catch(() => undefined);
  }
}

/** Several, parted by colons, where the unit names several. */
function runtimeFolder(): string {
  return process.env['RUNTIME_DIRECTORY']?.split(':')[0] || tmpdir();
}

async function lock(folder: string): Promise<FolderLock | undefined> {
  // Others never remove a folder without a lock.
  const held = await FolderLock.take(folder, () => {}, { part: LOCK });
  await removeAbandoned(path.dirname(folder), path.basename(folder));
  return held;
}

/** No other program's folder, and nobody's data, has such a name and such a lock in it. */
const PREFIX = 'lookupd-workers-';
const NAME = /^lookupd-workers-\w{6}$/;
const LOCK = 'workers';
const LOCK_NAME = `.lookupd-${LOCK}.lock`;
const CONTENT = /^\d+\.(?:sock|list)$/;

function make(where: string): string {
  try {
    return mkdtempSync(path.join(where, PREFIX));
  } catch (error) {
    // systemd makes it for the user of the unit, root where it names none, and run-as has made this process another's.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || where === tmpdir()) throw error;
    return make(tmpdir());
  }
}

async function removeAbandoned(where: string, own: string): Promise<void> {
  // A folder that may be written and not listed has to do without.
  const found = await readdir(where).catch(() => []);
  const names = found.filter((name) => NAME.test(name) && name !== own);
  await Promise.all(names.map((name) => removeIfAbandoned(path.join(where, name)).catch(() => undefined)));
}

/** Only what is known to be ours, so that a folder with anything else in it stays. */
async function removeIfAbandoned(folder: string): Promise<void> {
  const { uid } = await lstat(folder);
  if (uid !== process.geteuid?.() || !(await isAbandoned(folder))) return;
  const content = (await readdir(folder)).filter((name) => CONTENT.test(name) || name === LOCK_NAME);
  for (const name of content) await unlink(path.join(folder, name));
  await rmdir(folder);
}

/** Between making a socket and listening on it there is a moment in which nobody answers. */
const SECOND_LOOK = 100;

async function isAbandoned(folder: string): Promise<boolean> {
  const lock = path.join(folder, LOCK_NAME);
  if (!(await lstat(lock)).isSocket() || (await isAnswered(lock))) return false;
  await wait(SECOND_LOOK);
  return !(await isAnswered(lock));
}
