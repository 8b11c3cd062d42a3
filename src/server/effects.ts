import type { ByteString } from '../resp/args.js';
import { encodeArgs, encodeWords } from '../resp/request-encoder.js';
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
  private readonly listeners = new Map<EffectListener, Targets>();
  /** All that the listeners follow: what nobody hears is not there, and makes no transaction of two. */
  private followed: Targets = Target.none;
  /** What the running command, transaction or script has done so far. */
  private pending: Effect[] | undefined;

  /** `bytes` of an effect are a request as a client would send it; they are not to be changed. */
  listen(target: Targets, listener: EffectListener): () => void {
    this.listeners.set(listener, target);
    this.followed |= target;
    return () => {
      this.listeners.delete(listener);
      this.followed = [...this.listeners.values()].reduce((all, one) => all | one, Target.none as Targets);
    };
  }

  /** Whether somebody follows. */
  get listened(): boolean {
    return this.followed !== Target.none;
  }

  report(call: Call): void {
    this.dirty += call.dirty;
    const targets = (call.dirty > 0 ? Target.all : call.told) & this.allowed & this.followed;
    if (targets === Target.none) return;
    const db = call.db.number;
    if (call.effects === undefined) this.add({ db, targets, bytes: encodeArgs(call.args) });
    else for (const words of call.effects) this.add({ db, targets, bytes: encodeWords(words) });
  }

  /**
   * Everything reported while `run` runs belongs together: between MULTI and EXEC when it is more than one. Not so
   * for a command that meets keys at random (SCAN): the expired ones it removes have nothing to do with each other.
   */
  group(run: () => void, separately = false): void {
    if (!this.listened || this.pending !== undefined) {
      run();
      return;
    }
    const pending: Effect[] = [];
    this.pending = pending;
    try {
      run();
    } finally {
      this.pending = undefined;
      this.send(pending, !separately && pending.length > 1);
    }
  }

  /** What happened outside of any command, or beside what the command is for: a key whose time was over. */
  emit(db: number, ...words: readonly ByteString[]): void {
    if (this.listened) this.add({ db, targets: Target.all, bytes: encodeWords(words) });
  }

  private add(effect: Effect): void {
    if (this.pending) this.pending.push(effect);
    else this.tell(effect);
  }

  private send(effects: readonly Effect[], together: boolean): void {
    if (together) this.tell({ db: effects[0]!.db, targets: Target.all, bytes: MULTI });
    for (const effect of effects) this.tell(effect);
    // In the last one's database, so that no SELECT comes in between.
    if (together) this.tell({ db: effects.at(-1)!.db, targets: Target.all, bytes: EXEC });
  }

  private tell({ db, targets, bytes }: Effect): void {
    for (const [listener, target] of this.listeners) if ((targets & target) !== 0) listener(db, bytes);
  }
}

export type EffectListener = (db: number, bytes: Buffer) => void;

interface Effect {
  readonly db: number;
  readonly targets: Targets;
  readonly bytes: Buffer;
}

const MULTI = encodeWords(['MULTI']);
const EXEC = encodeWords(['EXEC']);
