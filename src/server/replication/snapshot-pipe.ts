import type { Cancel, Clock } from '../../core/clock.js';
import { RdbInput, type RdbSource } from '../persistence/rdb/rdb-input.js';
import type { OpenRdb } from '../persistence/rdb-file.js';
import type { SnapshotStore } from './snapshot-receiver.js';

/** Whoever fills a pipe. */
export interface Flow {
  /** Enough has come for now. */
  hold(): void;
  resume(): void;
}

/**
 * A snapshot that is loaded as it comes: what has come and was not read yet is held, and no more is let come than a few
 * megabytes ahead, or what a single value needs.
 */
export class SnapshotPipe implements SnapshotStore, RdbSource {
  private readonly pieces: Buffer[] = [];
  private queued = 0;
  private taken = 0;
  private isOver = false;
  private wanted = 0;
  private wake: (() => void) | undefined;

  constructor(
    /** Bytes; undefined where only a mark will tell. */
    private readonly total: number | undefined,
    private readonly flow: Flow,
    private readonly clock: Clock,
    /** Milliseconds without a byte after which no more will come. */
    private readonly patience: () => number,
  ) {}

  get remaining(): number {
    if (this.isOver) return this.queued;
    return this.total === undefined ? Number.POSITIVE_INFINITY : this.total - this.taken;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.queued += bytes.length;
    if (this.wake === undefined) {
      if (this.queued > MOST_AHEAD) this.flow.hold();
    } else if (this.queued >= this.wanted) this.wake();
  }

  read(target: Buffer, at: number): number {
    if (this.queued === 0) return this.isOver ? 0 : -1;
    const first = this.pieces[0]!;
    const length = first.copy(target, at);
    if (length === first.length) this.pieces.shift();
    else this.pieces[0] = first.subarray(length);
    this.queued -= length;
    this.taken += length;
    if (!this.isOver && this.queued < MOST_AHEAD / 2) this.flow.resume();
    return length;
  }

  async open(): Promise<OpenRdb> {
    return {
      input: new RdbInput(Buffer.allocUnsafe(CHUNK), 0, this, true),
      more: (count) => this.more(count),
      close: () => this.discard(),
    };
  }

  /** All of it has come. */
  end(): void {
    this.isOver = true;
    this.wake?.();
  }

  /** No more comes, or is wanted. */
  discard(): void {
    this.pieces.length = this.queued = 0;
    this.end();
  }

  private async more(count: number): Promise<void> {
    this.wanted = Math.max(count, this.queued + 1);
    while (!this.isOver && this.queued < this.wanted) {
      const before = this.queued;
      await this.change();
      if (this.queued === before && !this.isOver) this.discard();
    }
  }

  /** Resolves when what is wanted is there, or nothing has come for too long. */
  private change(): Promise<void> {
    this.flow.resume();
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      this.wake = () => {
        cancel();
        this.wake = undefined;
        resolve();
      };
      cancel = this.clock.schedule(this.patience(), () => this.wake?.());
    });
  }
}

const CHUNK = 256 * 1024;
/** Bytes that have come and were not read. */
const MOST_AHEAD = 2 * 1024 * 1024;
