import { chmod, chown, lstat, readFile, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/**
 * What a unix socket needs beside listening: a path of its own and the right permissions. A socket left by
 * a process that died is removed; one that still answers, or any other file, is never touched.
 *
 * Limits: names of users and groups are looked up in /etc/passwd and /etc/group (numbers work too), not in
 * directory services. Between finding a stale socket and removing it another process could put its own
 * there: the inode is compared again, which leaves a window of microseconds.
 */
export interface SocketPermissions {
  /** Default: what the process's umask leaves of 0666. */
  readonly mode?: number | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** How long a socket found at the path may take to accept before it counts as alive and busy. */
const PROBE_TIMEOUT = 1_000;

/** Removes a stale socket. Throws when the path is taken by something else. */
export async function claimSocketPath(path: string): Promise<void> {
  const found = await lstat(path).catch(absent);
  if (found === undefined) {
    // Listening would say "permission denied" where the folder is missing.
    await lstat(dirname(path));
    return;
  }
  if (!found.isSocket()) throw new Error('the path exists and is not a socket');
  if (await answers(path)) throw new Error('a running process listens there');
  const again = await lstat(path).catch(absent);
  if (again?.ino === found.ino) await unlink(path);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PROBE_TIMEOUT, () => end(true));
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

/** Runs `bind` so that nobody but the owner can connect to a socket it makes, until its permissions are set. */
export function bindClosed(bind: () => void): void {
  // Worker threads cannot set the umask, which belongs to the process.
  if (!isMainThread) {
    bind();
    return;
  }
  const before = process.umask(0o177);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

/** Gives the socket its owner and group, then its mode, so that it is never open to the wrong ones. */
export async function applyPermissions(path: string, permissions: SocketPermissions): Promise<void> {
  const { owner, group } = permissions;
  if (owner !== undefined || group !== undefined) {
    const uid = owner === undefined ? -1 : await numericId('/etc/passwd', 'user', owner);
    const gid = group === undefined ? -1 : await numericId('/etc/group', 'group', group);
    await chown(path, uid, gid);
  }
  await chmod(path, permissions.mode ?? 0o666 & ~process.umask());
}

async function numericId(file: string, what: string, name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [entry, , id] = line.split(':');
    if (entry === name) return Number(id);
  }
  throw new Error(`there is no ${what} "${name}" in ${file}`);
}
