import { unlink, writeFile } from 'node:fs/promises';
import type { Config, HttpLookupConfig } from '../../config/model.js';
import type { Clock } from '../../core/clock.js';
import { readFetched } from '../../lookups/lists/http-list.js';
import type { ListEvents } from '../../lookups/lists/list-events.js';
import { ListRefused } from '../../lookups/lists/load-list.js';
import { RepeatedFetch, type TakenText } from '../../lookups/lists/repeated-fetch.js';
import { identityOf } from '../lists.js';
import type { GivenText, TextVerdict } from './given-list.js';
import type { PrivateFolder } from './private-folder.js';
import type { WorkerProcess } from './worker-process.js';

interface SharedList {
  readonly config: HttpLookupConfig;
  /** Which one it is: a list whose section changes is another. */
  readonly number: number;
  readonly identity: string;
  readonly fetch: RepeatedFetch;
  current: GivenText | undefined;
}

export interface SharedListsOptions {
  readonly clock: Clock;
  readonly events: ListEvents;
  readonly folder: Pick<PrivateFolder, 'next'>;
  /** Those that are there, ready or not. */
  readonly workers: () => readonly Pick<WorkerProcess, 'calls'>[];
}

/** The lists of another configuration. Unless it is committed, nothing has happened. */
export interface PreparedSharedLists {
  /** The number of each, by its id. */
  readonly numbers: Readonly<Record<string, number>>;
  commit(): void;
}

/**
 * The lists that come from URLs, which the main process fetches once for all workers. A text goes to a file; workers
 * read it, and when all of them can, all of them are told to use it. The file stays, for workers that start later.
 */
export class SharedLists {
  readonly #options: SharedListsOptions;
  #lists: ReadonlyMap<string, SharedList> = new Map();
  #number = 0;
  #version = 0;

  constructor(options: SharedListsOptions) {
    this.#options = options;
  }

  prepare(config: Config): PreparedSharedLists {
    const lists = new Map<string, SharedList>();
    for (const lookup of config.lookups.values()) {
      if (lookup.kind !== 'http') continue;
      const running = this.#lists.get(lookup.id);
      const identity = identityOf(lookup);
      lists.set(lookup.id, running?.identity === identity ? running : this.#create(lookup, identity));
    }
    const numbers = Object.fromEntries([...lists].map(([id, { number }]) => [id, number]));
    return { numbers, commit: () => this.#commit(lists) };
  }

  /** What workers use now; null: nothing was loaded yet. */
  current(number: number): GivenText | null {
    const list = [...this.#lists.values()].find((one) => one.number === number);
    return list?.current ?? null;
  }

  close(): void {
    for (const { fetch } of this.#lists.values()) fetch.close();
  }

  #commit(lists: ReadonlyMap<string, SharedList>): void {
    for (const [id, list] of this.#lists) {
      if (lists.get(id) === list) continue;
      list.fetch.close();
      void removeFile(list.current);
    }
    this.#lists = lists;
    for (const { fetch } of lists.values()) void fetch.load();
  }

  #create(config: HttpLookupConfig, identity: string): SharedList {
    const { clock, events } = this.#options;
    const list: SharedList = {
      config,
      number: ++this.#number,
      identity,
      fetch: new RepeatedFetch(config, clock, events, {
        take: (bytes, signal) => this.#take(list, bytes, signal),
        unchanged: () => this.#unchanged(list),
      }),
      current: undefined,
    };
    return list;
  }

  async #take(list: SharedList, bytes: Buffer, signal: AbortSignal): Promise<TakenText> {
    const file = await this.#options.folder.next('list');
    const text: GivenText = { file, version: ++this.#version, loadedAt: this.#options.clock.now() };
    try {
      await writeFile(file, bytes, { mode: 0o600, signal });
      const verdicts = await orAborted(this.#ask('readList', list, text), signal);
      const taken = agreed(verdicts) ?? (await readHere(list.config, bytes, signal));
      signal.throwIfAborted();
      const before = list.current;
      list.current = text;
      void this.#ask('useList', list, text).then(() => removeFile(before));
      return taken;
    } catch (error) {
      void removeFile(text);
      throw error;
    }
  }

  #unchanged(list: SharedList): void {
    if (list.current === undefined) return;
    list.current = { ...list.current, loadedAt: this.#options.clock.now() };
    void this.#ask('useList', list, list.current);
  }

  /** Asks all workers at the same time; one that ends says nothing. */
  #ask(name: 'readList' | 'useList', { number: list }: SharedList, text: GivenText): Promise<readonly TextVerdict[]> {
    return Promise.all(this.#options.workers().map(({ calls }) => calls.call(name, { list, text }).catch(gone)));
  }
}

/** All of them have read the same; undefined when none is there. Throws ListRefused when one cannot use it. */
function agreed(verdicts: readonly TextVerdict[]): TakenText | undefined {
  let taken: TakenText | undefined;
  for (const verdict of verdicts) {
    if (verdict === null) continue;
    if ('refused' in verdict) throw new ListRefused(verdict.refused);
    taken = verdict;
  }
  return taken;
}

/** Workers that start later will read it. */
async function readHere(config: HttpLookupConfig, bytes: Buffer, signal: AbortSignal): Promise<TakenText> {
  const { list, errors } = await readFetched(bytes, config, signal);
  return { entries: list.entries, leftOut: errors };
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function removeFile(text: GivenText | undefined): Promise<void> {
  if (text !== undefined) await unlink(text.file).catch(gone);
}

/** A worker that has ended says nothing, and a file that is not there need not be removed. */
function gone(): null {
  return null;
}
