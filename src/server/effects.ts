import type { ByteString } from '../resp/args.js';
import type { Call } from './commands/call.js';

/**
 * The stream of what commands did, as commands that have the same effect anywhere: what an append-only file
 * keeps and a replica follows. A command that changed something is reported as it came, or as what its
 * handler named by `propagate`. Costs nothing while nobody listens.
 */
export class Effects {
  private readonly listeners = new Set<EffectListener>();
  /** Changes since the start (INFO's rdb_changes_since_last_save counts from the last save). */
  dirty = 0;
  private grouping: 'idle' | { readonly db: number } | undefined;

  listen(listener: EffectListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  report(call: Call): void {
    this.dirty += call.dirty;
    if (this.listeners.size === 0) return;
    for (const words of call.effects ?? [call.args.texts()]) this.emit(call.db.number, words);
  }

  /** Everything reported while `run` runs belongs together: MULTI before the first, EXEC after the last. */
  group(run: () => void): void {
    if (this.listeners.size === 0 || this.grouping !== undefined) {
      run();
      return;
    }
    this.grouping = 'idle';
    try {
      run();
    } finally {
      const began = this.grouping as { db: number } | 'idle';
      this.grouping = undefined;
      if (began !== 'idle') this.emit(began.db, ['EXEC']);
    }
  }

  emit(db: number, words: readonly ByteString[]): void {
    if (this.grouping === 'idle') {
      this.grouping = { db };
      this.emit(db, ['MULTI']);
    }
    for (const listener of this.listeners) listener(db, words);
  }
}

export type EffectListener = (db: number, words: readonly ByteString[]) => void;
