import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { createConnection, createServer, type Server as NetServer } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bindClosed, claimSocketPath } from '../../net/unix-socket.js';

/** Another process keeps its data in the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  /** `file`: what the two would have in common, where it is not the whole folder. */
  constructor(folder: string, holder: string, file?: string) {
    super(
      file === undefined
        ? `the folder ${folder} is in use by ${holder}: two servers cannot keep their data in one folder`
        : `the file ${join(folder, file)} is in use by ${holder}: it is the data of one server, and the other would save over it (dbfilename and save tell them apart)`,
    );
  }
}

/** What a server does with the folder. */
export interface FolderUse {
  /** Of files that have a name of their own, which others in the folder have not. */
  readonly part?: string | undefined;
  /** The RDB file that is its data, and the one that it writes by itself. */
  readonly data?: string | undefined;
  readonly saves?: string | undefined;
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

  /** Rejects with FolderInUse. */
  static async take(
    folder: string,
    unlockable: (error: Error) => void,
    use: FolderUse = {},
  ): Promise<FolderLock | undefined> {
    const name = use.part === undefined ? NAME : `.lookupd-${use.part}.lock`;
    let place: SocketPlace | undefined;
    let lock: FolderLock;
    try {
      place = new SocketPlace(folder, name);
      await claimSocketPath(place.path);
      lock = new FolderLock(await listen(place.path, use), place);
    } catch (error) {
      const holder = place && (await holderOf(place.path));
      place?.close();
      if (holder !== undefined) throw new FolderInUse(folder, holder.name);
      unlockable(error as Error);
      return undefined;
    }
    // Only now: of two that start at once, one sees the other.
    const refusal = await refusalOf(folder, name, use);
    if (refusal === undefined) return lock;
    await lock.release();
    throw refusal;
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
    return (await holderOf(place.path))?.name;
  } finally {
    place.close();
  }
}

/** Why the folder cannot be shared with those who hold other parts of it: one would save over another's data. */
async function refusalOf(folder: string, own: string, use: FolderUse): Promise<FolderInUse | undefined> {
  for (const name of locksIn(folder).filter((name) => name !== own)) {
    const place = new SocketPlace(folder, name);
    try {
      const holder = await holderOf(place.path);
      const file = holder && commonFile(use, holder);
      if (file !== undefined) return new FolderInUse(folder, holder!.name, file);
    } finally {
      place.close();
    }
  }
  return undefined;
}

function locksIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => LOCKS.test(name));
  } catch {
    // One that may be entered and not be looked at.
    return [];
  }
}

function commonFile(use: FolderUse, other: FolderUse): string | undefined {
  if (use.data !== undefined && use.data === other.saves) return use.data;
  return use.saves === other.data ? use.saves : undefined;
}

interface Holder extends FolderUse {
  readonly name: string;
}

/** Who listens there; undefined when nobody does. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const connection = createConnection({ path, timeout: ANSWERS_WITHIN });
  connection.on('timeout', () => connection.destroy());
  let isThere = false;
  connection.on('connect', () => {
    isThere = true;
  });
  const [pid = '', data, saves] = (await text(connection).catch(() => '')).split('\n');
  if (!isThere) return undefined;
  return {
    name: /^\d+$/.test(pid) ? `process ${pid}` : 'another process',
    data: data || undefined,
    saves: saves || undefined,
  };
}

/** Tells everybody who asks which process it is, and its files. */
function listen(path: string, { data = '', saves = '' }: FolderUse): Promise<NetServer> {
  const answer = [process.pid, data, saves].join('\n');
  return new Promise((resolve, reject) => {
    const listener = createServer((client) => client.on('error', () => undefined).end(answer));
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
const LOCKS = /^\.lookupd.*\.lock$/s;
/** Bytes of a socket's name: 108 with a zero at the end, on some systems fewer. */
const LONGEST_PATH = 100;
/** Milliseconds. */
const ANSWERS_WITHIN = 1000;
