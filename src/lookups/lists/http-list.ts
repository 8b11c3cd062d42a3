import type { HttpLookupConfig } from '../../config/model.js';
import type { Clock } from '../../core/clock.js';
import { type ListEvents, silentListEvents } from './list-events.js';
import { ListSource } from './list-source.js';
import { type ListReading, ListRefused, loadList } from './load-list.js';
import { RepeatedFetch, type TakenText } from './repeated-fetch.js';

/** A list that comes from a URL, as the daemon has it: by fetching it, or given by another process that does. */
export interface FetchedList {
  readonly config: HttpLookupConfig;
  readonly source: ListSource;
  /** When the list that is in use was loaded, or was last told to be unchanged, in milliseconds since the epoch. */
  readonly loadedAt: number | undefined;
  /** Takes what is there already, before anybody asks; what is not is not waited for. Never rejects. */
  prepare(): Promise<void>;
  /** Loads now, where this process does, and from then on again and again. Never rejects. */
  load(): Promise<void>;
  close(): void;
}

/** `[http-lookup.<id>]`: a list that this process fetches. */
export class HttpList implements FetchedList {
  readonly config: HttpLookupConfig;
  readonly source: ListSource;
  readonly #fetch: RepeatedFetch;

  constructor(config: HttpLookupConfig, clock: Clock, events: ListEvents = silentListEvents) {
    this.config = config;
    this.source = new ListSource(config.id);
    this.#fetch = new RepeatedFetch(config, clock, events, { take: (bytes, signal) => this.#take(bytes, signal) });
  }

  get loadedAt(): number | undefined {
    return this.#fetch.loadedAt;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  load(): Promise<void> {
    return this.#fetch.load();
  }

  close(): void {
    this.#fetch.close();
  }

  async #take(bytes: Buffer, signal: AbortSignal): Promise<TakenText> {
    const { list, errors } = await readFetched(bytes, this.config, signal);
    signal.throwIfAborted();
    this.source.use(list);
    return { entries: list.entries, leftOut: errors };
  }
}

/**
 * Reads a text that was fetched. Lines that mean nothing are left out and counted, since whoever writes the list is
 * somebody else; a text of such lines alone is no list. Rejects with ListRefused, and with the signal's reason.
 */
export async function readFetched(
  bytes: Buffer,
  { list }: HttpLookupConfig,
  signal?: AbortSignal,
): Promise<ListReading> {
  const reading = await loadList(bytes, list, signal);
  if (reading.errors > 0 && reading.list.entries === 0) throw new ListRefused(firstOf(reading));
  return reading;
}

function firstOf({ notices, errors }: ListReading): string {
  const [first] = notices;
  return `none of its ${errors} lines means anything; line ${first?.line.number}: ${first?.message}`;
}
