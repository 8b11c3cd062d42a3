import { Area, EMPTY_AREA } from '../resp/area.js';
import type { Args, ByteString } from '../resp/args.js';
import { encodeWords, RequestBytes } from '../resp/request-encoder.js';
import type { Call } from './commands/call.js';

/** Who is told of an effect, as the bits of redis.set_repl. */
export const Target = { none: 0, appendOnlyFile: 1, replicas: 2, all: 3 } as const;
export type Targets = number;

/**
 * The stream of what commands did, as commands that have the same effect anywhere: what an append-only file
 * keeps and a replica follows. A command that changed something is reported as it came, or as what its
 * handler named by `propagate`. Costs nothing while nobody listens.
 */
export class Effects {
  /** Changes since the start (INFO's rdb_changes_since_last_save counts from the last save). */
  dirty = 0;
  /** redis.set_repl: whom a script lets know what follows. */
  allowed: Targets = Target.all;
  private listeners: readonly Listening[] = [];
  /** All that the listeners follow: what nobody hears is not there, and makes no transaction of two. */
  private followed: Targets = Target.none;
  /** What the running command, transaction or script has done so far. */
  private readonly pending: Effect[] = [];
  private count = 0;
  private readonly bytes = new RequestBytes();
  /** The requests in it stay where they lie until `keep`. */
  private lent = EMPTY_AREA;

  /** What is reported while a command runs waits for its end; what happens beside one is told at once. */
  constructor(private readonly isInCommand: () => boolean) {}

  /**
   * The bytes of an effect are a request as a client would send it, to be copied before the call ends; where they are
   * `lent`, before `keep` is called.
   */
  listen(target: Targets, listener: EffectListener): () => void {
    const listening = { target, listener };
    this.follow([...this.listeners, listening]);
    return () => this.follow(this.listeners.filter((one) => one !== listening));
  }

  private follow(listeners: readonly Listening[]): void {
    this.listeners = listeners;
    this.followed = listeners.reduce((all, { target }) => all | target, Target.none as Targets);
  }

  /** Whether somebody follows. */
  get listened(): boolean {
    return this.followed !== Target.none;
  }

  /** What a command did; `isLast`: nothing follows before `end`, which is for what it leaves untold. */
  report(call: Call, isLast: boolean): void {
    this.dirty += call.dirty;
    const targets = (call.dirty > 0 ? Target.all : call.told) & this.allowed & this.followed;
    if (targets === Target.none) return;
    const db = call.db.number;
    if (call.effects === undefined) this.addCommand(db, targets, call.args, isLast);
    else for (const words of call.effects) this.addWords(db, targets, words);
  }

  /** What comes as requests of this area stays there until `keep`, so that many are copied at a time. */
  lend(area: Area): void {
    if (this.listened) this.lent = area;
  }

  /** The area is used for something else. What a script has done so far waits for its end, and does not lie there. */
  keep(): void {
    if (this.lent === EMPTY_AREA) return;
    if (this.isPending && !this.isInCommand()) this.tellAll(false);
    this.lent = EMPTY_AREA;
    for (const { listener } of this.listeners) listener.keep();
  }

  /** Something has been reported and not been told. */
  get isPending(): boolean {
    return this.count > 0;
  }

  /**
   * Tells what a command, a transaction or a script has reported: between MULTI and EXEC when it is more than one. Not so
   * for a command that meets keys at random (SCAN): the expired ones it removes have nothing to do with each other.
   */
  end(together: boolean): void {
    this.tellAll(together && this.count > 1);
  }

  /** What happened outside of any command, or beside what the command is for: a key whose time was over. */
  emit(db: number, ...words: readonly ByteString[]): void {
    if (!this.listened) return;
    this.addWords(db, Target.all, words);
    if (!this.isInCommand()) this.tellAll(false);
  }

  /** As it came, and from where it lies: a request stays there until the call ends, and is not copied twice. */
  private addCommand(db: number, targets: Targets, args: Args, isLast: boolean): void {
    const length = args.wholeRequest;
    if (length > 0) {
      if (isLast && this.count === 0) this.tell(db, targets, args.area, args.base, length);
      else this.add(db, targets, args.area, args.base, length);
      return;
    }
    const start = this.bytes.end;
    this.bytes.addArgs(args);
    this.addWritten(db, targets, start);
  }

  private addWords(db: number, targets: Targets, words: readonly ByteString[]): void {
    const start = this.bytes.end;
    this.bytes.addWords(words);
    this.addWritten(db, targets, start);
  }

  /** What was written into the bytes from there on; they may still move. */
  private addWritten(db: number, targets: Targets, start: number): void {
    this.add(db, targets, undefined, start, this.bytes.end - start);
  }

  private add(db: number, targets: Targets, area: Area | undefined, start: number, length: number): void {
    const effect = (this.pending[this.count++] ??= { db, targets, area, start, length });
    effect.db = db;
    effect.targets = targets;
    effect.area = area;
    effect.start = start;
    effect.length = length;
  }

  private tellAll(together: boolean): void {
    const { pending, count } = this;
    if (together) this.tell(pending[0]!.db, Target.all, MULTI, 0, MULTI.bytes.length);
    for (let i = 0; i < count; i++) {
      const effect = pending[i]!;
      this.tell(effect.db, effect.targets, effect.area ?? this.bytes.area, effect.start, effect.length);
      effect.area = undefined;
    }
    // In the last one's database, so that no SELECT comes in between.
    if (together) this.tell(pending[count - 1]!.db, Target.all, EXEC, 0, EXEC.bytes.length);
    this.count = 0;
    this.bytes.clear();
    if (count > MOST_KEPT) pending.length = MOST_KEPT;
  }

  private tell(db: number, targets: Targets, area: Area, start: number, length: number): void {
    const { listeners } = this;
    const isLent = area === this.lent;
    for (let i = 0; i < listeners.length; i++) {
      const { target, listener } = listeners[i]!;
      if ((targets & target) !== 0) listener.happened(db, area, start, length, isLent);
    }
  }
}

export interface EffectListener {
  happened(db: number, area: Area, start: number, length: number, isLent: boolean): void;
  /** What was lent is copied when it returns. */
  keep(): void;
}

interface Listening {
  readonly target: Targets;
  readonly listener: EffectListener;
}

/** Where its bytes lie. */
interface Effect {
  db: number;
  targets: Targets;
  /** Undefined: in the bytes of what was written. */
  area: Area | undefined;
  start: number;
  length: number;
}

const MULTI = new Area(encodeWords(['MULTI']));
const EXEC = new Area(encodeWords(['EXEC']));
/** Of the objects that are used again. */
const MOST_KEPT = 1024;
