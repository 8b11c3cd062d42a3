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
  /** Of the bytes of a `write` that failed. */
  writtenOfLast = 0;
  private readonly fd: number;
  private syncedAt: number;
  /** Syncs under way that `sync` does not know of. */
  private others = 0;
  private isClosed = false;
  private postponedAt = 0;

  /** `a` goes on at its end, `w` begins anew. */
  constructor(
    private readonly server: Server,
    path: string,
    mode: 'a' | 'w',
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

  /** Throws when not all of it could be written; what was is taken back, as far as that can be done. */
  write(pieces: readonly Buffer[]): void {
    this.postponedAt = 0;
    this.writtenOfLast = 0;
    const before = this.size;
    try {
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length; ) {
          const written = fs.writeSync(this.fd, bytes, at);
          at += written;
          this.writtenOfLast += written;
          this.size += written;
        }
      }
    } catch (error) {
      this.takeBack(before);
      throw error;
    }
  }

  /** No command is there in part. */
  private takeBack(size: number): void {
    if (this.writtenOfLast === 0) return;
    try {
      fs.ftruncateSync(this.fd, size);
      this.size = size;
      this.writtenOfLast = 0;
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
    this.others++;
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.fd, (error) => {
        this.others--;
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
    if (this.isSyncing || this.others > 0) return;
    try {
      this.syncNow();
    } catch (error) {
      this.server.log('warning', `Fail to fsync the AOF file: ${systemReason(error)}`);
    }
    fs.closeSync(this.fd);
  }
}

const SYNC_EVERY = 1000;
const LONGEST_WAIT = 2000;
