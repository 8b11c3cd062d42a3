import { readFile } from 'node:fs/promises';
import type { HttpLookupConfig } from '../../config/model.js';
import { messageOf } from '../../core/errors.js';
import { type FetchedList, readFetched } from '../../lookups/lists/http-list.js';
import { ListSource } from '../../lookups/lists/list-source.js';
import type { ListReading } from '../../lookups/lists/load-list.js';
import type { LoadedList } from '../../lookups/lists/loaded-list.js';

/** A text that the main process has fetched. */
export interface GivenText {
  /** A file that only this user can read. */
  readonly file: string;
  /** Later texts have larger ones. */
  readonly version: number;
  /** When it was loaded, or last told to be unchanged, in milliseconds since the epoch. */
  readonly loadedAt: number;
}

/** What a worker says to a text: what is in it, or why it is no list. Null: it has no such list. */
export type TextVerdict = { readonly entries: number; readonly leftOut: number } | { readonly refused: string } | null;

/** The file of an older text may be gone by the time it is read. */
const ATTEMPTS = 5;

/**
 * A list that the main process fetches, for all workers. Each reads the text for itself, and takes it when the main
 * process says that all of them can, so that all answer the same; a worker that starts has it before it serves.
 */
export class GivenList implements FetchedList {
  readonly config: HttpLookupConfig;
  readonly source: ListSource;
  readonly #current: () => Promise<GivenText | null>;
  readonly #onClose: () => void;
  #version = 0;
  #loadedAt: number | undefined;
  /** Read, and not used yet. */
  #next: { readonly version: number; readonly list: LoadedList } | undefined;

  /** `current` asks the main process for the text that is used now. */
  constructor(config: HttpLookupConfig, current: () => Promise<GivenText | null>, onClose: () => void) {
    this.config = config;
    this.source = new ListSource(config.id);
    this.#current = current;
    this.#onClose = onClose;
  }

  get loadedAt(): number | undefined {
    return this.#loadedAt;
  }

  async prepare(): Promise<void> {
    for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
      try {
        const text = await this.#current();
        if (text !== null) await this.#catchUp(text);
        return;
      } catch {}
    }
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#onClose();
  }

  /** Reads a text that may become the list. */
  async read({ file, version }: GivenText): Promise<TextVerdict> {
    try {
      const { list, errors } = await this.#reading(file);
      this.#next = { version, list };
      return { entries: list.entries, leftOut: errors };
    } catch (error) {
      return { refused: messageOf(error) };
    }
  }

  /** The text that is the list from now on, or still is. */
  async use(text: GivenText): Promise<void> {
    if (this.#next?.version === text.version) this.#take(text, this.#next.list);
    else await this.#catchUp(text);
  }

  async #catchUp(text: GivenText): Promise<void> {
    if (text.version === this.#version) this.#loadedAt = text.loadedAt;
    else if (text.version > this.#version) this.#take(text, (await this.#reading(text.file)).list);
  }

  #take({ version, loadedAt }: GivenText, list: LoadedList): void {
    // Another one may have come while it was read.
    if (version <= this.#version) return;
    this.#version = version;
    this.#loadedAt = loadedAt;
    this.#next = undefined;
    this.source.use(list);
  }

  async #reading(file: string): Promise<ListReading> {
    return await readFetched(await readFile(file), this.config);
  }
}

/** The lists of a worker that it is given, by the numbers that the main process has for them. */
export class GivenLists {
  readonly #lists = new Map<number, GivenList>();
  readonly #current: (list: number) => Promise<GivenText | null>;

  constructor(current: (list: number) => Promise<GivenText | null>) {
    this.#current = current;
  }

  open(config: HttpLookupConfig, number: number): GivenList {
    const list = new GivenList(
      config,
      () => this.#current(number),
      () => this.#lists.delete(number),
    );
    this.#lists.set(number, list);
    return list;
  }

  async read(number: number, text: GivenText): Promise<TextVerdict> {
    return (await this.#lists.get(number)?.read(text)) ?? null;
  }

  async use(number: number, text: GivenText): Promise<void> {
    await this.#lists.get(number)?.use(text);
  }
}
