import type { Config, FileLookupConfig, HttpLookupConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import { FileList } from '../lookups/lists/file-list.js';
import { type FetchedList, HttpList } from '../lookups/lists/http-list.js';
import type { ListEvents } from '../lookups/lists/list-events.js';
import { FileRefused, type ReadFile, readListFile } from '../lookups/lists/list-file.js';
import type { Source } from '../lookups/lookup.js';
import { StaticList } from '../lookups/static-list.js';
import type { ListHealth } from '../observe/health.js';
import type { ListState } from '../observe/lists.js';

/** Files that cannot be used, all there are. */
export class ListsRefused extends Error {
  override readonly name = 'ListsRefused';

  constructor(readonly refused: readonly FileRefused[]) {
    super(refused.map(({ message }) => message).join('; '));
  }
}

/** The lists of another configuration, read and ready to be used. Unless it is committed, nothing has happened. */
export interface PreparedLists {
  readonly sourceOf: (id: string) => Source | undefined;
  commit(): void;
  abandon(): void;
}

/** Makes a list of one that comes from a URL. */
export type ListOpener = (config: HttpLookupConfig) => FetchedList;

type LiveList = FileList | FetchedList;

/**
 * All lists of the daemon. Going over to another configuration reads every file anew, and goes over to what was read
 * at once, or not at all. A list that is fetched keeps what it has where its section stays the same, and is not
 * waited for.
 */
export class Lists {
  readonly #clock: Clock;
  readonly #events: ListEvents;
  readonly #open: ListOpener;
  #live: ReadonlyMap<string, LiveList> = new Map();

  constructor(clock: Clock, events: ListEvents, open?: ListOpener) {
    this.#clock = clock;
    this.#events = events;
    this.#open = open ?? ((config) => new HttpList(config, clock, events));
  }

  /** Rejects with ListsRefused. */
  async prepare(config: Config): Promise<PreparedLists> {
    const statics = new Map<string, Source>();
    const live = new Map<string, LiveList>();
    const reading: Promise<readonly [FileList, ReadFile]>[] = [];
    for (const lookup of config.lookups.values()) {
      if (lookup.kind === 'static') statics.set(lookup.id, new StaticList(lookup.id, lookup.entries));
      else live.set(lookup.id, this.#liveList(lookup));
    }
    for (const list of live.values()) {
      if (list instanceof FileList) reading.push(readListFile(list.config).then((file) => [list, file] as const));
    }
    const abandon = () => closeAllBut(this.#live, live);
    try {
      const files = await allRead(reading);
      await Promise.all([...live.values()].filter(isFetched).map((list) => list.prepare()));
      const sourceOf = (id: string) => statics.get(id) ?? live.get(id)?.source;
      return { sourceOf, commit: () => this.#commit(live, files), abandon };
    } catch (error) {
      abandon();
      throw error;
    }
  }

  /** Resolves when every list that is fetched was tried once since it was last asked for. Never rejects. */
  async tried(): Promise<void> {
    await Promise.all([...this.#live.values()].filter(isFetched).map((list) => list.load()));
  }

  /** What each list that is loaded from somewhere is like now. */
  states(): ListState[] {
    return [...this.#live].map(([list, { source, loadedAt }]) => ({
      list,
      entries: source.list?.entries,
      bytes: source.list?.byteLength ?? 0,
      age: loadedAt === undefined ? undefined : Math.max(0, this.#clock.now() - loadedAt),
    }));
  }

  health(): ListHealth[] {
    return this.states().map(({ list, entries, age }) => ({
      list,
      state: entries === undefined ? 'loading' : 'loaded',
      ...(entries === undefined ? {} : { entries }),
      ...(age === undefined ? {} : { age: Math.round(age / 1_000) }),
    }));
  }

  close(): void {
    for (const list of this.#live.values()) list.close();
  }

  /** The one that runs already where its section says the same. */
  #liveList(config: FileLookupConfig | HttpLookupConfig): LiveList {
    const running = this.#live.get(config.id);
    if (running !== undefined && identityOf(running.config) === identityOf(config)) return running;
    return config.kind === 'file' ? new FileList(config, this.#clock, this.#events) : this.#open(config);
  }

  #commit(live: ReadonlyMap<string, LiveList>, files: readonly (readonly [FileList, ReadFile])[]): void {
    closeAllBut(live, this.#live);
    this.#live = live;
    for (const [list, file] of files) {
      list.use(file);
      list.follow();
    }
    for (const list of live.values()) if (isFetched(list)) void list.load();
  }
}

function closeAllBut(kept: ReadonlyMap<string, LiveList>, lists: ReadonlyMap<string, LiveList>): void {
  for (const [id, list] of lists) if (kept.get(id) !== list) list.close();
}

function isFetched(list: LiveList): list is FetchedList {
  return list.config.kind === 'http';
}

async function allRead<T>(reading: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(reading);
  const failures = ended.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
  const refused = failures.filter((failure) => failure instanceof FileRefused);
  if (failures.length > refused.length) throw failures.find((failure) => !(failure instanceof FileRefused));
  if (refused.length > 0) throw new ListsRefused(refused);
  return ended.filter((end) => end.status === 'fulfilled').map(({ value }) => value);
}

/** All that makes a list what it is; not where it stands in the file. */
export function identityOf(config: FileLookupConfig | HttpLookupConfig): string {
  return config.kind === 'file'
    ? JSON.stringify({ ...config, at: undefined })
    : JSON.stringify({ ...config, url: config.url.reveal() });
}
