import type { Entries } from '../keyspace/entries.js';
import type { Ref } from '../keyspace/memory.js';
import type { Server } from '../server.js';

/** How the data is written: a head when it is made, then key by key in any order. */
export interface SnapshotFormat {
  /** Bytes that were written and not taken yet. */
  readonly length: number;
  save(source: SnapshotSource, ref: Ref): void;
  /** For a value that is too large to be written at once: writes it step by step. Others may be saved between them. */
  inParts(source: SnapshotSource, ref: Ref): SnapshotParts | undefined;
  take(): Buffer;
  /** What was taken last is no longer needed, nor what was taken before it. */
  reuse(): void;
  /** The rest, and what the format ends with. */
  finish(): Buffer;
}

/** A value that is written in steps. */
export interface SnapshotParts {
  /** False when nothing is left. */
  step(): boolean;
  /** The value is about to change, or to go: what is left is written as it is now. */
  keep(): void;
}

/**
 * The data at the moment of construction as bytes of a format, made piece by piece while commands run on: a key that is
 * about to change is written before it does, out of turn, or a copy of it taken where that would take long. Each key is
 * written once, whichever comes first.
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
  private slices = 0;
  private readonly gathered: Ref[] = [];
  private readonly found = (ref: Ref) => void this.gathered.push(ref);
  /** Of no meaning, but what nobody keeps is not looked at. */
  glanced = 0;
  /** The value that is being written in steps. */
  private parts: Parts | undefined;
  /** Copies of what has changed, to be written so next. */
  private readonly kept: Parts[] = [];

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

  /**
   * The bytes: a piece when it is large enough, or when the time of a slice (milliseconds) is over; it may be empty.
   * `passing`: a piece is good until the next one is asked for.
   */
  *pieces(slice = Number.POSITIVE_INFINITY, passing = false): Generator<Buffer> {
    let until = this.endOf(slice);
    try {
      for (const source of this.sources) {
        for (let cursor = 0; !this.ended; ) {
          const from = cursor;
          cursor = this.gather(source, from, slice === 0 ? 1 : this.keys < FIRST ? FEW : GATHERED);
          // What else was found is found again once a value that takes several steps is written.
          const areSaved = this.saveGathered(source);
          const isDone = areSaved && cursor === 0;
          if (!areSaved) cursor = from;
          while (this.hasParts && !this.ended) {
            this.nextPart();
            if (this.format.length < PIECE && performance.now() < until) continue;
            yield this.format.take();
            if (passing) this.format.reuse();
            until = this.endOf(slice);
          }
          if (isDone) break;
          if (this.format.length < PIECE && performance.now() < until) continue;
          yield this.format.take();
          if (passing) this.format.reuse();
          until = this.endOf(slice);
        }
      }
      this.end(false);
      yield this.format.finish();
    } finally {
      this.end(true);
    }
  }

  /** Who changes what is not saved yet pays for new code too: the first slices leave them more of their turn. */
  private endOf(slice: number): number {
    return performance.now() + (this.slices++ < FIRST_SLICES ? slice / 4 : slice);
  }

  /** Finds the next few entries, and looks at them, so that what is not in the processor's cache comes for all at once. */
  private gather({ entries }: SnapshotSource, from: number, most: number): number {
    const { gathered } = this;
    gathered.length = 0;
    let cursor = from;
    do cursor = entries.index.scan(cursor, this.found);
    while (cursor !== 0 && gathered.length < most);
    let seen = 0;
    for (let i = 0; i < gathered.length; i++) seen ^= entries.memory.glance(gathered[i]!);
    this.glanced = seen;
    return cursor;
  }

  /** False when one of them takes several steps: before the others are saved they may change. */
  private saveGathered(source: SnapshotSource): boolean {
    for (const ref of this.gathered) {
      if (!source.entries.isUnsaved(ref)) continue;
      this.parts = this.partsOf(source, ref);
      if (this.parts !== undefined) return false;
      this.save(source, ref);
    }
    return true;
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
    this.kept.length = 0;
    for (const { entries } of this.sources) entries.endSnapshot(early);
  }

  /** It is about to change. */
  private saveAhead(source: SnapshotSource, ref: Ref): void {
    this.copied += source.entries.bytesOf(ref);
    const isWritten = this.parts?.source === source && this.parts.ref === ref;
    const parts = isWritten ? this.parts : this.partsOf(source, ref);
    if (parts === undefined) {
      this.save(source, ref);
      return;
    }
    parts.steps.keep();
    parts.ref = 0;
    source.entries.markSaved(ref);
    if (!isWritten) this.kept.push(parts);
  }

  /** Undefined for a value that is written at once. */
  private partsOf(source: SnapshotSource, ref: Ref): Parts | undefined {
    const steps = this.format.inParts(source, ref);
    return steps && { source, ref, steps };
  }

  private get hasParts(): boolean {
    return this.parts !== undefined || this.kept.length > 0;
  }

  private nextPart(): void {
    this.parts ??= this.kept.shift();
    const { parts } = this;
    if (parts === undefined || parts.steps.step()) return;
    this.parts = undefined;
    if (parts.ref !== 0) parts.source.entries.markSaved(parts.ref);
    this.keys++;
  }

  private finishParts(): void {
    while (this.hasParts) this.nextPart();
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

interface Parts {
  readonly source: SnapshotSource;
  /** 0: a copy is written, and the entry counts as saved. */
  ref: Ref;
  readonly steps: SnapshotParts;
}

const PIECE = 256 * 1024;
/** Entries that are looked at together. */
const GATHERED = 32;
/** Of the first so many fewer: while the code is new to the machine each may take a tenth of a millisecond. */
const FEW = 4;
const FIRST = 1000;
const FIRST_SLICES = 50;
