import { closeSync, existsSync, openSync } from 'node:fs';
import { createConnection, createServer, type Server as NetServer } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bindClosed, claimSocketPath } from '../../net/unix-socket.js';

/** Another process keeps its data in the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string, holder: string) {
    super(`the folder ${folder} is in use by ${holder}: two servers cannot keep their data in one folder`);
  }
}

/**
 * A lock on a folder: a unix socket in it that somebody listens on, and says who. It needs no looking after: nobody
 * listens any more once the process is gone, however it went, and the next one takes the socket's place. It holds
 * between containers that share the folder too; not between machines. Undefined where the folder takes no sockets (read-only,
 * some network file systems, Windows): there is no lock then, and `unlockable` hears why.
 */
export class FolderLock {
  private constructor(
    private readonly listener: NetServer,
    private readonly place: SocketPlace,
  ) {}

  /** `part`: of files that have a name of their own, which others in the folder have not. Rejects with FolderInUse. */
  static async take(folder: string, unlockable: (error: Error) => void, part = ''): Promise<FolderLock | undefined> {
    let place: SocketPlace | undefined;
    try {
      place = new SocketPlace(folder, part === '' ? NAME : `.lookupd-${part}.lock`);
      await claimSocketPath(place.path);
      return new FolderLock(await listen(place.path), place);
    } catch (error) {
      const holder = place && (await holderOf(place.path));
      place?.close();
      if (holder !== undefined) throw new FolderInUse(folder, holder);
      unlockable(error as Error);
      return undefined;
    }
  }

  async release(): Promise<void> {
    await new Promise((resolve) => this.listener.close(resolve));
    this.place.close();
  }
}

/** The process that has the folder; undefined when none does. */
export async function folderHolder(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const place = new SocketPlace(folder);
  try {
    return await holderOf(place.path);
  } finally {
    place.close();
  }
}

/** Who listens there; undefined when nobody does. */
async function holderOf(path: string): Promise<string | undefined> {
  const connection = createConnection({ path, timeout: ANSWERS_WITHIN });
  connection.on('timeout', () => connection.destroy());
  let isThere = false;
  connection.on('connect', () => {
    isThere = true;
  });
  const pid = await text(connection).catch(() => '');
  if (!isThere) return undefined;
  return /^\d+$/.test(pid) ? `process ${pid}` : 'another process';
}

function listen(path: string): Promise<NetServer> {
  return new Promise((resolve, reject) => {
    const listener = createServer((client) => client.on('error', () => undefined).end(String(process.pid)));
    listener.unref();
    listener.on('error', reject);
    bindClosed(() => listener.listen({ path }, () => resolve(listener)));
  });
}

/** Where the socket is; by way of the folder's descriptor where its path is too long for a socket's name. */
class SocketPlace {
  readonly path: string;
  private readonly descriptor: number | undefined;

  constructor(folder: string, name = NAME) {
    const plain = join(folder, name);
    const isShort = Buffer.byteLength(plain) <= LONGEST_PATH || platform() !== 'linux';
    this.descriptor = isShort ? undefined : openSync(folder, 'r');
    this.path = isShort ? plain : `/proc/self/fd/${this.descriptor}/${name}`;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
  }
}

const NAME = '.lookupd.lock';
/** Bytes of a socket's name: 108 with a zero at the end, on some systems fewer. */
const LONGEST_PATH = 100;
/** Milliseconds. */
const ANSWERS_WITHIN = 1000;
