import { randomBytes } from 'node:crypto';
import { chmod, chown, link, lstat, rename, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { groupId, userId } from './accounts.js';

/**
 * What a unix socket needs beside listening: a path of its own and the right permissions. A socket left by
 * a process that died is removed; one that still answers, or any other file, is never touched, also when
 * several processes want the path at once: what is in the way is first moved aside, and given back when it
 * turns out to be another one than was found dead. It is gone for a moment then, which only somebody who connects just then can see.
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
  const found = await lstat(path, { bigint: true }).catch(absent);
  if (found === undefined) {
    // Listening would say "permission denied" where the folder is missing.
    await lstat(dirname(path));
    return;
  }
  if (!found.isSocket()) throw new Error('the path exists and is not a socket');
  if (await isAnswered(path)) throw new Error('a running process listens there');
  await removeSocket(path, found);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Another name in the same folder, not longer: the path of a unix socket may have the last byte it can have. */
export function nameBeside(path: string): string {
  const name = randomBytes(12).toString('base64url').slice(0, basename(path).length);
  return name === basename(path) ? nameBeside(path) : join(dirname(path), name);
}

/** Which file it is, whatever it is named and whatever took its number later. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
}

export function identityOf(path: string): Promise<FileIdentity> {
  return lstat(path, { bigint: true });
}

/** Removes the socket of this identity. Another one that is at its path by now stays, or is put back there. */
export async function removeSocket(path: string, socket: FileIdentity): Promise<void> {
  if (!isSame(await identityOf(path).catch(absent), socket)) return;
  const aside = join(dirname(path), `.${randomBytes(12).toString('base64url')}`);
  try {
    await rename(path, aside);
  } catch (error) {
    return absent(error as NodeJS.ErrnoException);
  }
  if (!isSame(await identityOf(aside), socket)) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

function isSame(found: FileIdentity | undefined, { dev, ino, mtimeNs }: FileIdentity): boolean {
  return found?.ino === ino && found.dev === dev && found.mtimeNs === mtimeNs;
}

/** Whether somebody listens there, or may: only a refusal says that nobody does. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
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

/** How often another process may be found to have come first. */
const CLAIMS = 5;

/** Gives a socket that listens at `from` its path, in one step: whoever finds it there can connect. */
export async function publishSocket(from: string, path: string): Promise<void> {
  for (let claims = 0; ; claims++) {
    await claimSocketPath(path);
    try {
      await link(from, path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || claims === CLAIMS) throw error;
    }
  }
  await unlink(from);
}

/**
 * Gives the socket its owner and group, then its mode, so that it is never open to the wrong ones. What is
 * right already is left alone, since only its owner may change it. The answer takes it all back.
 */
export async function applyPermissions(path: string, permissions: SocketPermissions): Promise<() => Promise<void>> {
  const before = await stat(path);
  const uid = permissions.owner === undefined ? before.uid : await userId(permissions.owner);
  const gid = permissions.group === undefined ? before.gid : await groupId(permissions.group);
  const mode = permissions.mode ?? 0o666 & ~process.umask();
  const change = async (to: { uid: number; gid: number; mode: number }) => {
    const now = await stat(path);
    if (now.uid !== to.uid || now.gid !== to.gid) await chown(path, to.uid, to.gid);
    if ((now.mode & 0o777) !== to.mode) await chmod(path, to.mode);
  };
  await change({ uid, gid, mode });
  return () => change({ uid: before.uid, gid: before.gid, mode: before.mode & 0o777 });
}
