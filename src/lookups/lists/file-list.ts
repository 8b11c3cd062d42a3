import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { FileLookupConfig } from '../../config/model.js';
import type { Cancel, Clock } from '../../core/clock.js';
import { type ListEvents, silentListEvents } from './list-events.js';
import { FileRefused, type ReadFile, readListFile, versionOf } from './list-file.js';
import { ListSource } from './list-source.js';
import type { LoadedList } from './loaded-list.js';

/** A file must be the same for so long before it is read, in milliseconds: who writes it in place may not be done. */
const SETTLE = 250;

/** The same where its last line has no end. */
const SETTLE_CUT_OFF = 2_000;

/** From the system's word to a look: many changes in a folder are one. */
const AFTER_EVENT = 50;

/**
 * `[file-lookup.<id>]`: follows its file. Every `refresh`, and when the system tells of a change in the file's
 * folder, it looks whether another file is there: written over, renamed into place or behind a symbolic link that
 * points elsewhere. What it cannot use is told once, and the list before it stays; so it does without the file.
 */
export class FileList {
  readonly config: FileLookupConfig;
  readonly source: ListSource;
  readonly #clock: Clock;
  readonly #events: ListEvents;
  readonly #closed = new AbortController();
  #loadedAt: number | undefined;
  /** The state of the file that was loaded, or refused: nothing is done until it is another. */
  #known: string | undefined;
  /** What the last look saw, and since when; null before the first one. */
  #seen: string | null | undefined = null;
  #seenSince = 0;
  #watcher: FSWatcher | undefined;
  #cancelLook: Cancel = () => {};
  #nextLook = Number.POSITIVE_INFINITY;

  constructor(config: FileLookupConfig, clock: Clock, events: ListEvents = silentListEvents) {
    this.config = config;
    this.source = new ListSource(config.id);
    this.#clock = clock;
    this.#events = events;
  }

  /** When the list that is in use was loaded, in milliseconds since the epoch. */
  get loadedAt(): number | undefined {
    return this.#loadedAt;
  }

  /** Takes what was read as the list from now on. */
  use(file: ReadFile): void {
    this.#known = file.version;
    this.#use(file.list);
  }

  /** From now on it follows the file. */
  follow(): void {
    if (this.#closed.signal.aborted || this.#watcher !== undefined) return;
    this.#watch();
    this.#lookIn(AFTER_EVENT);
  }

  close(): void {
    this.#closed.abort();
    this.#cancelLook();
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #use(list: LoadedList): void {
    this.source.use(list);
    this.#loadedAt = this.#clock.now();
    this.#events.loaded(this.config.id, list.entries, 0);
  }

  /** Only makes it faster: where the system cannot watch, looking every `refresh` is enough. */
  #watch(): void {
    try {
      const watcher = watch(dirname(this.config.path), { persistent: false }, () => this.#lookIn(AFTER_EVENT));
      watcher.on('error', () => watcher.close());
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }

  /** A look that is due sooner stays. */
  #lookIn(ms: number): void {
    const at = this.#clock.now() + ms;
    if (this.#closed.signal.aborted || at >= this.#nextLook) return;
    this.#cancelLook();
    this.#nextLook = at;
    this.#cancelLook = this.#clock.schedule(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    // Until this look is over none is due.
    this.#nextLook = 0;
    const version = await versionOf(this.config.path);
    if (version !== this.#seen) this.#seenSince = this.#clock.now();
    this.#seen = version;
    const next = version === this.#known ? this.config.refresh : await this.#change(version);
    this.#nextLook = Number.POSITIVE_INFINITY;
    this.#lookIn(next);
  }

  /** Answers when to look again. */
  async #change(version: string | undefined): Promise<number> {
    const settled = this.#clock.now() - this.#seenSince;
    if (settled < SETTLE) return SETTLE - settled;
    try {
      if (version === undefined) throw new FileRefused(this.config, 'there is no such file');
      const file = await readListFile(this.config, this.#closed.signal);
      if (this.#closed.signal.aborted) return this.config.refresh;
      if (file.cutOff && settled < SETTLE_CUT_OFF) return SETTLE_CUT_OFF - settled;
      this.use(file);
    } catch (error) {
      if (error instanceof FileRefused && error.changing) return SETTLE;
      this.#known = version;
      if (!this.#closed.signal.aborted) this.#events.failed(this.config.id, reasonOf(error));
    }
    return this.config.refresh;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof FileRefused ? error.reason : String(error);
}
