import type { Entries } from '../keyspace/entries.js';
import type { Ref } from '../keyspace/memory.js';
import type { Server } from '../server.js';

/** How the data is written: a head when it is made, then key by key in any order. */
export interface SnapshotFormat {
  /** Bytes that were written and not taken yet. */
  readonly length: number;
  save(source: SnapshotSource, ref: Ref): void;
  /**
   * As `save`, step by step, for a value that is too large to be written at once: it must not change until the last step.
   * Others may be saved meanwhile. Undefined for any other value, and while one is written in steps.
   */
  saveInParts?(source: SnapshotSource, ref: Ref): Generator<undefined, void> | undefined;
  take(): Buffer;
  /** The rest, and what the format ends with. */
  finish(): Buffer;
}

/**
 * The data at the moment of construction as bytes of a format, made piece by piece while commands run on: a key that is
 * about to change is written before it does, out of turn. Each key is written once, whichever comes first.
 *
 * One snapshot at a time: entries have one bit for it. Whoever makes one ends it, by taking all pieces or by `end`.
 */
export class Snapshot {
  /** Keys written so far, and all there are. */
  keys = 0;
  readonly total: number;
  /** Bytes of what was written out of turn: the copies that changes have cost. */
  copied = 0;
  /** Changes that the data had seen. */
  readonly dirty: number;
  private readonly sources: readonly SnapshotSource[];
  private ended = false;
  /** The value that is being written in steps. */
  private parts: { source: SnapshotSource; ref: Ref; steps: Generator<undefined, void> } | undefined;

  constructor(
    server: Server,
    private readonly format: SnapshotFormat,
    withKeys = true,
  ) {
    this.dirty = server.effects.dirty;
    const databases = withKeys ? server.keyspace.databases.filter(({ size }) => size > 0) : [];
    this.sources = databases.map((db) => ({
      number: db.number,
      entries: db.entries,
      size: db.size,
      expires: db.expiring.size,
    }));
    this.total = this.sources.reduce((sum, { size }) => sum + size, 0);
    for (const source of this.sources) source.entries.beginSnapshot((ref) => this.saveAhead(source, ref));
  }

  /** The bytes: a piece when it is large enough, or when the time of a slice (milliseconds) is over; it may be empty. */
  *pieces(slice = Number.POSITIVE_INFINITY): Generator<Buffer> {
    let until = performance.now() + slice;
    try {
      for (const source of this.sources) {
        for (let cursor = 0; !this.ended; ) {
          cursor = source.entries.index.scan(cursor, (ref) => {
            if (source.entries.isUnsaved(ref) && !this.beginParts(source, ref)) this.save(source, ref);
          });
          while (this.parts && !this.ended) {
            if (this.format.length < PIECE && performance.now() < until) this.nextPart();
            else {
              yield this.format.take();
              until = performance.now() + slice;
            }
          }
          if (cursor === 0) break;
          if (this.format.length < PIECE && performance.now() < until) continue;
          yield this.format.take();
          until = performance.now() + slice;
        }
      }
      this.end(false);
      yield this.format.finish();
    } finally {
      this.end(true);
    }
  }

  /** Takes the rest into memory at once, so that another snapshot can begin. */
  rush(): void {
    this.finishParts();
    for (const source of this.sources) {
      source.entries.index.forEach((ref) => {
        if (!this.ended && source.entries.isUnsaved(ref)) this.save(source, ref);
      });
    }
    this.end(false);
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Forgets what is not saved yet. */
  end(early = true): void {
    if (this.ended) return;
    this.ended = true;
    this.parts = undefined;
    for (const { entries } of this.sources) entries.endSnapshot(early);
  }

  /** It is about to change. */
  private saveAhead(source: SnapshotSource, ref: Ref): void {
    this.copied += source.entries.bytesOf(ref);
    if (this.parts?.source === source && this.parts.ref === ref) this.finishParts();
    else this.save(source, ref);
  }

  /** False for a value that is written at once. */
  private beginParts(source: SnapshotSource, ref: Ref): boolean {
    const steps = this.format.saveInParts?.(source, ref);
    if (steps === undefined) return false;
    this.parts = { source, ref, steps };
    this.nextPart();
    return true;
  }

  private nextPart(): void {
    const { parts } = this;
    if (!parts?.steps.next().done) return;
    this.parts = undefined;
    parts.source.entries.markSaved(parts.ref);
    this.keys++;
  }

  private finishParts(): void {
    while (this.parts) this.nextPart();
  }

  private save(source: SnapshotSource, ref: Ref): void {
    source.entries.markSaved(ref);
    this.format.save(source, ref);
    this.keys++;
  }
}

/** What a database had. Its entries may be another database's by now (SWAPDB), or nobody's (FLUSHDB). */
export interface SnapshotSource {
  readonly number: number;
  readonly entries: Entries;
  readonly size: number;
  readonly expires: number;
}

const PIECE = 256 * 1024;
