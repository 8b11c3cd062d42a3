import type { DictConfig } from '../../config/model.js';
import type { Clock } from '../../core/clock.js';
import { StoreError } from '../../core/errors.js';
import { found, notFound, type Outcome } from '../../core/outcome.js';
import type { Change, LookupStore } from '../../stores/store.js';
import { DictKeys, type Range } from './keys.js';

/**
 * A dictionary as Dovecot uses it: looked up, listed and changed by paths (`shared/x`, `priv/x` of a user),
 * which keys.ts places in one store. Paths and users are bytes, one character each. No method rejects.
 *
 * Listing reads all keys of the store (SCAN): it is for stores that hold little else. It is bounded in time
 * and size, and past a bound it fails rather than leaving something out.
 */
export class Dictionary {
  readonly name: string;
  /** Whether the configuration allows changes. */
  readonly writable: boolean;
  readonly #store: LookupStore;
  readonly #keys: DictKeys;
  readonly #expire: number;
  readonly #clock: Clock;

  constructor({ id, prefix, shared, write, expire }: DictConfig, store: LookupStore, clock: Clock) {
    this.name = id;
    this.writable = write;
    this.#store = store;
    this.#expire = expire;
    this.#clock = clock;
    this.#keys = new DictKeys(bytesOf(prefix), shared.map(bytesOf));
  }

  async lookup(path: string, user: string): Promise<Outcome> {
    const located = this.#keys.locate(path, user);
    if ('refused' in located) return refused(located.refused);
    try {
      const value = await this.#store.get(Buffer.from(located.key, 'latin1'));
      return value === null ? notFound : found(value);
    } catch (error) {
      return failed(error);
    }
  }

  async iterate(iteration: Iteration): Promise<Listed> {
    try {
      const rows: Row[] = [];
      for (const path of iteration.paths) {
        const problem = iteration.exact
          ? await this.#add(path, iteration, rows)
          : await this.#list(path, iteration, rows);
        if (problem !== undefined) return refused(problem);
      }
      return { kind: 'rows', rows: arranged(rows, iteration) };
    } catch (error) {
      return error instanceof TooMuch ? refused(error.message) : failed(error);
    }
  }

  /** Makes the changes together; none of them when one is refused. `expire` in milliseconds, 0 as configured. */
  async commit(user: string, changes: readonly DictChange[], expire: number): Promise<Committed> {
    const ttl = expire || this.#expire || undefined;
    const placed: Change[] = [];
    for (const change of changes) {
      const located = this.#keys.locate(change.path, user);
      if ('refused' in located) return { kind: 'failed', reason: located.refused };
      const key = Buffer.from(located.key, 'latin1');
      if (change.kind === 'unset') placed.push({ kind: 'delete', key });
      else if (change.kind === 'increment') placed.push({ kind: 'increment', key, by: change.by, ttl });
      else placed.push({ kind: 'set', key, value: Buffer.from(change.value, 'latin1'), ttl });
    }
    try {
      const { missing } = await this.#store.transact(placed);
      return { kind: missing === 0 ? 'ok' : 'notFound' };
    } catch (error) {
      const uncertain = error instanceof StoreError && error.indeterminate;
      return { kind: uncertain ? 'uncertain' : 'failed', reason: reasonOf(error) };
    }
  }

  /** The one row of an exact path; answers why there can be none. */
  async #add(path: string, iteration: Iteration, rows: Row[]): Promise<string | undefined> {
    const located = this.#keys.locate(path, iteration.user);
    if ('refused' in located) return located.refused;
    const value = await this.#valueOf(Buffer.from(located.key, 'latin1'));
    if (value !== null) rows.push({ path, value: iteration.noValue ? '' : value });
    return undefined;
  }

  async #list(path: string, iteration: Iteration, rows: Row[]): Promise<string | undefined> {
    const range = this.#keys.range(path, iteration.user, iteration.recursive);
    if ('refused' in range) return range.refused;
    const latest = this.#clock.now() + LONGEST;
    let bytes = 0;
    for await (const batch of this.#found(range, path, iteration.recursive)) {
      if (this.#clock.now() > latest) throw new TooMuch(`listing took longer than ${LONGEST / 1_000} s`);
      for (const row of await this.#withValues(batch, iteration.noValue)) {
        bytes += row.path.length + row.value.length;
        rows.push(row);
      }
      if (bytes > MOST_BYTES) throw new TooMuch(`there is more than ${MOST_BYTES} bytes to list`);
      if (!iteration.sortBy && isFull(rows, iteration)) return undefined;
    }
    return undefined;
  }

  /** Keys and their paths, some at a time; each once. */
  async *#found(range: Range, start: string, recursive: boolean): AsyncGenerator<[key: Buffer, path: string][]> {
    const seen = new Set<string>();
    let batch: [Buffer, string][] = [];
    for (const prefix of range.prefixes) {
      for await (const key of this.#store.scan(Buffer.from(prefix, 'latin1'))) {
        const path = range.pathOf(key.latin1Slice());
        if (path === undefined || seen.has(path)) continue;
        if (!recursive && path.includes('/', start.length)) continue;
        seen.add(path);
        if (batch.push([key, path]) < BATCH) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  async #withValues(batch: readonly [Buffer, string][], noValue: boolean): Promise<Row[]> {
    if (noValue) return batch.map(([, path]) => ({ path, value: '' }));
    const values = await Promise.all(batch.map(([key]) => this.#valueOf(key)));
    return batch.flatMap(([, path], i) => (values[i] === null ? [] : [{ path, value: values[i]! }]));
  }

  /** Null also for what is no text: lists and hashes are no part of a dictionary. */
  async #valueOf(key: Buffer): Promise<string | null> {
    try {
      return (await this.#store.get(key))?.latin1Slice() ?? null;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'WRONG_TYPE') return null;
      throw error;
    }
  }
}

export interface Iteration {
  /** Usually one. */
  readonly paths: readonly string[];
  readonly user: string;
  readonly recursive: boolean;
  readonly exact: boolean;
  readonly noValue: boolean;
  readonly sortBy: 'key' | 'value' | undefined;
  /** 0: all. */
  readonly maxRows: number;
}

export interface Row {
  readonly path: string;
  readonly value: string;
}

export type Listed = Failure | { readonly kind: 'rows'; readonly rows: readonly Row[] };

export type DictChange =
  | { readonly kind: 'set'; readonly path: string; readonly value: string }
  | { readonly kind: 'unset'; readonly path: string }
  | { readonly kind: 'increment'; readonly path: string; readonly by: bigint };

/** notFound: made, except increments of keys that are missing; uncertain: they may have been made. */
export type Committed =
  | { readonly kind: 'ok' | 'notFound' }
  | { readonly kind: 'failed' | 'uncertain'; readonly reason: string };

/** Keys whose values are asked for together. */
const BATCH = 500;
/** Of paths and values of one listing. */
const MOST_BYTES = 16_777_216;
/** Below what Dovecot waits for an answer, in milliseconds. */
const LONGEST = 25_000;

class TooMuch extends Error {}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').latin1Slice();
}

function isFull(rows: readonly Row[], { maxRows }: Iteration): boolean {
  return maxRows > 0 && rows.length >= maxRows;
}

function arranged(rows: Row[], iteration: Iteration): readonly Row[] {
  const { sortBy } = iteration;
  const by = sortBy === 'value' ? 'value' : 'path';
  if (sortBy !== undefined) rows.sort((a, b) => (a[by] < b[by] ? -1 : Number(a[by] > b[by])));
  return isFull(rows, iteration) ? rows.slice(0, iteration.maxRows) : rows;
}

type Failure = Extract<Outcome, { reason: string }>;

function refused(reason: string): Failure {
  return { kind: 'permanent', reason };
}

function failed(error: unknown): Failure {
  const lasting = error instanceof StoreError && !error.temporary;
  return { kind: lasting ? 'permanent' : 'temporary', reason: reasonOf(error) };
}

/** An error that is not the store's own is a fault of ours. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return `internal error (${error instanceof Error ? error.name : typeof error})`;
}
