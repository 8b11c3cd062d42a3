import * as fs from 'node:fs';
import { systemReason } from '../../../core/system-reason.js';
import type { Server } from '../../server.js';

/** The file that effects are appended to, and how far of it is on disk. */
export class IncrementFile {
  size: number;
  /** How far it is on disk, and how far it will be once the sync that is under way has ended. */
  syncedSize: number;
  syncingSize: number;
  /** A sync is under way beside the event loop. */
  isSyncing = false;
  private readonly fd: number;
  private syncedAt: number;
  /** What is being written beside the event loop, behind `size`. */
  private writing: Writing | undefined;
  /** Calls under way that `isSyncing` does not tell of. */
  private underWay = 0;
  private isClosed = false;
  private postponedAt = 0;

  /** `r+` goes on at its end, `w` begins anew. Everything is written to its place: `a` would have its own opinion of it. */
  constructor(
    private readonly server: Server,
    path: string,
    mode: 'r+' | 'w',
  ) {
    this.fd = fs.openSync(path, mode, 0o644);
    this.size = this.syncedSize = this.syncingSize = fs.fstatSync(this.fd).size;
    // What it was before a crash of the process need not be on disk.
    if (this.size > 0) fs.fsyncSync(this.fd);
    this.syncedAt = server.clock.now();
  }

  /** Whether a write has to wait, since it would wait for the sync that is under way; for two seconds at most. */
  get isPostponed(): boolean {
    const { server } = this;
    if (!this.isSyncing || server.settings.appendFsync !== 'everysec') return false;
    if (this.postponedAt === 0) this.postponedAt = server.clock.now();
    if (server.clock.now() - this.postponedAt < LONGEST_WAIT) return true;
    server.stats.delayedFsyncs++;
    server.log(
      'notice',
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.',
    );
    return false;
  }

  /** Bytes on their way beside the event loop. */
  get writingLength(): number {
    return this.writing?.length ?? 0;
  }

  /** Throws when not all of it could be written; what was is taken back, as far as that can be done. */
  write(pieces: readonly Buffer[]): void {
    this.postponedAt = 0;
    let at = this.size;
    try {
      for (const bytes of pieces) {
        for (let done = 0; done < bytes.length; ) {
          const written = fs.writeSync(this.fd, bytes, done, bytes.length - done, at);
          done += written;
          at += written;
        }
      }
    } catch (error) {
      if (at > this.size) this.takeBack();
      throw error;
    }
    this.size = at;
  }

  /**
   * As `write`, beside the event loop, one at a time. The pieces stay as they are until it has `ended`: with an error where
   * they are not in the file; `wasFinished` where somebody could not wait for it.
   */
  writeBeside(pieces: readonly Buffer[], ended: (error: Error | null, wasFinished: boolean) => void): void {
    this.postponedAt = 0;
    const writing: Writing = { pieces, length: pieces.reduce((sum, { length }) => sum + length, 0) };
    this.writing = writing;
    this.underWay++;
    writeAll(this.fd, pieces, this.size, (error) => {
      this.underWay--;
      const wasFinished = this.writing !== writing;
      if (!wasFinished) {
        this.writing = undefined;
        if (error) this.takeBack();
        else this.size += writing.length;
      }
      if (this.isClosed) this.close();
      ended(error, wasFinished);
    });
  }

  /** Nothing is on its way any more: the same bytes are written to the same place, at once. Throws as `write`. */
  finishWriting(): void {
    const { writing } = this;
    this.writing = undefined;
    if (writing !== undefined) this.write(writing.pieces);
  }

  /** No command is there in part. */
  private takeBack(): void {
    try {
      fs.ftruncateSync(this.fd, this.size);
    } catch (error) {
      const reason = systemReason(error);
      this.server.log(
        'warning',
        `Could not remove short write from the append-only file. The file may be broken: ${reason}`,
      );
    }
  }

  /** What was written until now comes to the disk beside the event loop; nothing when that is done or under way. */
  sync(ended: (error: Error | null) => void): void {
    if (this.isSyncing || this.size === this.syncedSize) return;
    this.isSyncing = true;
    this.syncedAt = this.server.clock.now();
    const size = (this.syncingSize = this.size);
    fs.fdatasync(this.fd, (error) => {
      this.isSyncing = false;
      if (!error) this.syncedSize = Math.max(size, this.syncedSize);
      if (this.isClosed) this.close();
      else ended(error);
    });
  }

  /** Resolves when what was written until now is on disk. */
  syncBeside(): Promise<void> {
    if (this.size === this.syncedSize) return Promise.resolve();
    const { size } = this;
    this.underWay++;
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.fd, (error) => {
        this.underWay--;
        if (!error) this.syncedSize = Math.max(size, this.syncedSize);
        if (this.isClosed) this.close();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** `sync` is due under `appendfsync everysec`. */
  get isDue(): boolean {
    return this.server.clock.now() - this.syncedAt >= SYNC_EVERY;
  }

  /** Everything that was written is on disk when it returns. */
  syncNow(): void {
    if (this.size === this.syncedSize) return;
    fs.fdatasyncSync(this.fd);
    this.syncedSize = this.size;
  }

  /** What is written is on disk before its descriptor goes, without a wait for a sync that is under way. */
  close(): void {
    this.isClosed = true;
    if (this.isSyncing) return;
    try {
      this.syncNow();
    } catch (error) {
      this.server.log('warning', `Fail to fsync the AOF file: ${systemReason(error)}`);
    }
    if (this.underWay === 0) fs.closeSync(this.fd);
  }
}

interface Writing {
  readonly pieces: readonly Buffer[];
  readonly length: number;
}

function writeAll(fd: number, pieces: readonly Buffer[], at: number, ended: (error: Error | null) => void): void {
  fs.writev(fd, pieces, at, (error, written) => {
    const rest = error ? [] : without(pieces, written);
    if (rest.length === 0) ended(error);
    else writeAll(fd, rest, at + written, ended);
  });
}

/** Without the first so many bytes. */
function without(pieces: readonly Buffer[], count: number): readonly Buffer[] {
  let left = count;
  return pieces.flatMap((bytes) => {
    const done = Math.min(left, bytes.length);
    left -= done;
    return done === bytes.length ? [] : [bytes.subarray(done)];
  });
}

const SYNC_EVERY = 1000;
const LONGEST_WAIT = 2000;
