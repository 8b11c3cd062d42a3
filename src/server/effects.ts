import type { ByteString } from '../resp/args.js';
import type { Call } from './commands/call.js';

/**
 * The stream of what commands did, as commands that have the same effect anywhere: what an append-only file
 * keeps and a replica follows. A command that changed something is reported as it came, or as what its
 * handler named by `propagate`. Costs nothing while nobody listens.
 */
export class Effects {
  /** Changes since the start (INFO's rdb_changes_since_last_save counts from the last save). */
  dirty = 0;
  /** redis.set_repl(REPL_NONE): a script wants what follows to stay here. */
  muted = false;
  private readonly listeners = new Set<EffectListener>();
  /** What the running command, transaction or script has done so far. */
  private pending: Effect[] | undefined;

  listen(listener: EffectListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether somebody follows. */
  get listened(): boolean {
    return this.listeners.size > 0;
  }

  report(call: Call): void {
    this.dirty += call.dirty;
    if (this.listeners.size === 0 || this.muted) return;
    const commands = call.effects ?? [call.args.texts()];
    this.group(() => {
      for (const words of commands) this.emit(call.db.number, words);
    });
  }

  /** Everything reported while `run` runs belongs together: between MULTI and EXEC when it is more than one. */
  group(run: () => void): void {
    if (this.listeners.size === 0 || this.pending !== undefined) {
      run();
      return;
    }
    const pending: Effect[] = [];
    this.pending = pending;
    try {
      run();
    } finally {
      this.pending = undefined;
      this.send(pending);
    }
  }

  emit(db: number, words: readonly ByteString[]): void {
    if (this.pending) this.pending.push({ db, words });
    else for (const listener of this.listeners) listener(db, words);
  }

  private send(effects: readonly Effect[]): void {
    const first = effects[0];
    if (first === undefined) return;
    const together = effects.length > 1;
    if (together) this.emit(first.db, ['MULTI']);
    for (const { db, words } of effects) this.emit(db, words);
    if (together) this.emit(first.db, ['EXEC']);
  }
}

export type EffectListener = (db: number, words: readonly ByteString[]) => void;

interface Effect {
  readonly db: number;
  readonly words: readonly ByteString[];
}
