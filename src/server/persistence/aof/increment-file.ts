import * as fs from 'node:fs';
import type { Server } from '../../server.js';

/** The file that effects are appended to, and how far of it is on disk. */
export class IncrementFile {
  size: number;
  /** Of the bytes of a `write` that failed. */
  writtenOfLast = 0;
  private readonly fd: number;
  private syncedSize: number;
  private syncedAt: number;
  private isSyncing = false;
  private isClosed = false;
  private postponedAt = 0;

  /** `a` goes on at its end, `w` begins anew. */
  constructor(
    private readonly server: Server,
    path: string,
    mode: 'a' | 'w',
  ) {
    this.fd = fs.openSync(path, mode, 0o644);
    this.size = this.syncedSize = fs.fstatSync(this.fd).size;
    this.syncedAt = server.clock.now();
  }

  /** A sync in the background is under way. */
  get isSyncPending(): boolean {
    return this.isSyncing;
  }

  /** Whether a write has to wait, since it would wait for the sync that is under way; for two seconds at most. */
  isPostponed(now: boolean): boolean {
    const { server } = this;
    if (!this.isSyncing || now || server.settings.appendFsync !== 'everysec') return false;
    if (this.postponedAt === 0) this.postponedAt = server.clock.now();
    if (server.clock.now() - this.postponedAt < LONGEST_WAIT) return true;
    server.stats.delayedFsyncs++;
    server.log(
      'notice',
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.',
    );
    return false;
  }

  /** Throws when not all of it could be written. */
  write(bytes: Buffer): void {
    this.postponedAt = 0;
    this.writtenOfLast = 0;
    while (this.writtenOfLast < bytes.length) {
      const written = fs.writeSync(this.fd, bytes, this.writtenOfLast);
      this.writtenOfLast += written;
      this.size += written;
    }
  }

  sync(): void {
    if (this.size === this.syncedSize) return;
    const { appendFsync } = this.server.settings;
    if (appendFsync === 'always') this.syncNow();
    else if (appendFsync === 'everysec' && !this.isSyncing) this.syncLater();
  }

  /** What is written is on disk before its descriptor goes, without a wait for it. */
  close(): void {
    this.isClosed = true;
    if (this.isSyncing) return;
    if (this.size !== this.syncedSize) fs.fdatasyncSync(this.fd);
    fs.closeSync(this.fd);
  }

  private syncNow(): void {
    const began = this.server.latency.begin();
    try {
      fs.fdatasyncSync(this.fd);
      this.server.latency.end('aof-fsync-always', began);
      this.syncedSize = this.size;
    } catch (error) {
      const reason = (error as Error).message;
      this.server.giveUp(
        `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${reason}. Exiting...`,
      );
    }
  }

  private syncLater(): void {
    const now = this.server.clock.now();
    if (now - this.syncedAt < SYNC_EVERY) return;
    this.syncedAt = now;
    this.isSyncing = true;
    const { size } = this;
    fs.fdatasync(this.fd, (error) => {
      this.isSyncing = false;
      if (error) this.server.log('warning', `Fail to fsync the AOF file: ${error.message}`);
      else this.syncedSize = size;
      if (this.isClosed) this.close();
    });
  }
}

const SYNC_EVERY = 1000;
const LONGEST_WAIT = 2000;
