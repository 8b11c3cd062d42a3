import { type Bytes, toBuffer } from '../../src/core/bytes.js';
import { StoreError, type StoreErrorCode } from '../../src/core/errors.js';
import type { Change, LookupStore, Ttl } from '../../src/stores/store.js';

/** What maps ask of a store, kept in memory, with failures on demand and a list of the calls. */
export class MemoryStore {
  readonly values = new Map<string, Buffer>();
  /** As they were given. */
  readonly ttls = new Map<string, Ttl>();
  readonly calls: string[][] = [];
  /** Keys that hold something else than what is asked for. */
  readonly wrongTypes = new Set<string>();
  /** Every call fails with it while set. */
  failure: StoreErrorCode | undefined;
  /** Whether a failing transaction may have been executed. */
  indeterminate = false;
  /** Calls wait for it before they end. */
  gate: Promise<void> = Promise.resolve();
  closed = false;

  constructor(
    readonly name: string,
    entries: Readonly<Record<string, string | Buffer>> = {},
  ) {
    for (const [key, value] of Object.entries(entries)) this.values.set(key, Buffer.from(value));
  }

  /** As a LookupStore: what lookups do not use is not there. */
  get store(): LookupStore {
    return this as unknown as LookupStore;
  }

  async get(key: Bytes): Promise<Buffer | null> {
    await this.#answer('get', key);
    if (this.wrongTypes.has(this.#text(key))) throw this.#error('WRONG_TYPE', false);
    return this.values.get(this.#text(key)) ?? null;
  }

  async getMany(keys: readonly Bytes[]): Promise<(Buffer | null)[]> {
    await this.#answer('getMany', ...keys);
    if (keys.some((key) => this.wrongTypes.has(this.#text(key)))) throw this.#error('WRONG_TYPE', false);
    return keys.map((key) => this.values.get(this.#text(key)) ?? null);
  }

  /** Of commands only this one. */
  async command(name: 'get', key: Bytes): Promise<Buffer | null> {
    if (name !== 'get') throw new Error(`a memory store knows no ${String(name)}`);
    return await this.get(key);
  }

  async exists(key: Bytes): Promise<boolean> {
    await this.#answer('exists', key);
    return this.values.has(this.#text(key));
  }

  async hashGet(key: Bytes, field: Bytes): Promise<Buffer | null> {
    await this.#answer('hashGet', key, field);
    return this.values.get(`${this.#text(key)} ${this.#text(field)}`) ?? null;
  }

  async setHas(key: Bytes, member: Bytes): Promise<boolean> {
    await this.#answer('setHas', key, member);
    return this.values.has(`${this.#text(key)} ${this.#text(member)}`);
  }

  async greylist(key: Bytes): Promise<never> {
    await this.#answer('greylist', key);
    throw new Error('a memory store does not greylist');
  }

  async rateLimit(key: Bytes): Promise<never> {
    await this.#answer('rateLimit', key);
    throw new Error('a memory store limits no rates');
  }

  async set(key: Bytes, value: Bytes): Promise<boolean> {
    await this.#answer('set', key);
    this.values.set(this.#text(key), Buffer.from(toBuffer(value)));
    return true;
  }

  async delete(...keys: readonly Bytes[]): Promise<number> {
    await this.#answer('delete', ...keys);
    return keys.filter((key) => this.values.delete(this.#text(key))).length;
  }

  async *scan(prefix: Bytes): AsyncGenerator<Buffer> {
    await this.#answer('scan', prefix);
    const start = this.#text(prefix);
    for (const key of [...this.values.keys()].sort()) if (key.startsWith(start)) yield Buffer.from(key, 'latin1');
  }

  /** As far as dictionaries need it: increments are of numbers, or the first refusal is thrown. */
  async transact(changes: readonly Change[]): Promise<{ missing: number }> {
    await this.#answer('transact', ...changes.map(({ key }) => key));
    const values = new Map(this.values);
    let missing = 0;
    for (const change of changes) {
      const key = this.#text(change.key);
      const value = values.get(key);
      if (change.kind === 'delete') values.delete(key);
      else if (change.kind === 'set') values.set(key, Buffer.from(toBuffer(change.value)));
      else if (value === undefined) missing++;
      else if (!/^-?\d+$/.test(value.toString())) throw this.#error('NOT_INTEGER', false);
      else values.set(key, Buffer.from(String(BigInt(value.toString()) + BigInt(change.by))));
      if ('ttl' in change && change.ttl !== undefined) this.ttls.set(key, change.ttl);
    }
    this.values.clear();
    for (const [key, value] of values) this.values.set(key, value);
    return { missing };
  }

  topology() {
    const status = this.failure === undefined ? 'connected' : 'disconnected';
    return {
      kind: 'single',
      transport: 'memory',
      nodes: [{ name: 'memory', role: 'primary', status, queries: 0, errors: 0, moved: 0, lastActivity: -1 }],
    } as const;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  async #answer(operation: string, ...args: readonly Bytes[]): Promise<void> {
    this.calls.push([operation, ...args.map((arg) => this.#text(arg))]);
    await this.gate;
    if (this.closed) throw this.#error('CLOSED', false);
    if (this.failure !== undefined)
      throw this.#error(this.failure, true, operation === 'transact' && this.indeterminate);
  }

  #text(bytes: Bytes): string {
    return toBuffer(bytes).toString('latin1');
  }

  #error(code: StoreErrorCode, isTemporary: boolean, indeterminate = false): StoreError {
    return new StoreError(code.toLowerCase(), {
      code,
      store: this.name,
      operation: 'get',
      attempts: 1,
      temporary: isTemporary,
      indeterminate,
    });
  }
}
