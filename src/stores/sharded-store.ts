/**
 * Stalwart's `sharded-in-memory`: a list of stores, each key in the one that xxh3 of the key, modulo their number,
 * points at. The key counts as the server has it, with the key prefix and, of a fixed window, with the window: as
 * Stalwart hashes it, so both can share the stores. Each shard keeps its own deadline, retries and breaker: one that
 * is down fails its own keys and no others.
 *
 * What names several keys is asked of each shard for its own part, at the same time, and is as atomic as each
 * part is. A lock, a counter and its like live in one shard. The shards belong to whoever opened them: closing this
 * store closes none.
 */
import { type Bytes, toBuffer } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { StoreError, type StoreErrorCode } from '../core/errors.js';
import type { Command, Topology } from '../links/link.js';
import { factsOf } from '../links/wire/command-facts.js';
import type { Argument, Reply } from '../resp/reply.js';
import { Arguments } from './arguments.js';
import { windowKey, windowOf } from './limits.js';
import type {
  CallControl,
  Change,
  GreylistDecision,
  GreylistOptions,
  IncrementOptions,
  Lock,
  LookupStore,
  PingResult,
  Rate,
  RateDecision,
  RateLimitOptions,
  SetOptions,
  Ttl,
  TtlCount,
} from './store.js';
import { xxh3 } from './xxh3.js';

export class ShardedStore implements LookupStore {
  readonly name: string;
  readonly #shards: readonly LookupStore[];
  readonly #keyPrefix: Buffer;
  readonly #clock: Clock;
  readonly #arguments: Arguments;
  #closed = false;

  /** `keyPrefix` is that of all shards. */
  constructor(name: string, shards: readonly LookupStore[], keyPrefix: string, clock: Clock) {
    if (shards.length === 0) throw new TypeError('a sharded store needs stores');
    this.name = name;
    this.#shards = shards;
    this.#keyPrefix = Buffer.from(keyPrefix, 'utf8');
    this.#clock = clock;
    this.#arguments = new Arguments(name);
  }

  async get(key: Bytes, options?: CallControl): Promise<Buffer | null> {
    return await this.#of('get', key).get(key, options);
  }

  async getText(key: Bytes, options?: CallControl): Promise<string | null> {
    return await this.#of('get', key).getText(key, options);
  }

  async getMany(keys: readonly Bytes[], options?: CallControl): Promise<(Buffer | null)[]> {
    this.#arguments.eachBytes('getMany', 'keys', keys);
    this.#checkOptions('getMany', options);
    const values = new Array<Buffer | null>(keys.length).fill(null);
    await this.#each('getMany', keys, this.#keyOf, async (shard, part, places) => {
      const found = await shard.getMany(part, options);
      for (const [i, place] of places.entries()) values[place] = found[i] ?? null;
    });
    return values;
  }

  async set(key: Bytes, value: Bytes, options?: SetOptions): Promise<boolean> {
    return await this.#of('set', key).set(key, value, options);
  }

  async delete(...keys: readonly Bytes[]): Promise<number> {
    this.#arguments.eachBytes('delete', 'keys', keys);
    let deleted = 0;
    await this.#each('delete', keys, this.#keyOf, async (shard, part) => {
      const ofPart = await shard.delete(...part);
      deleted += ofPart;
    });
    return deleted;
  }

  async deletePrefix(prefix: Bytes, options?: CallControl & { force?: boolean }): Promise<number> {
    this.#check('deletePrefix');
    return sum(await all(this.#shards.map((shard) => shard.deletePrefix(prefix, options))));
  }

  async exists(key: Bytes, options?: CallControl): Promise<boolean> {
    return await this.#of('exists', key).exists(key, options);
  }

  async ttl(key: Bytes, options?: CallControl): Promise<number | null> {
    return await this.#of('ttl', key).ttl(key, options);
  }

  async expire(key: Bytes, ttl: Ttl, options?: CallControl): Promise<boolean> {
    return await this.#of('expire', key).expire(key, ttl, options);
  }

  async increment(key: Bytes, by?: bigint | number, options?: IncrementOptions): Promise<bigint> {
    return await this.#of('increment', key).increment(key, by, options);
  }

  async counter(key: Bytes, options?: CallControl): Promise<bigint> {
    return await this.#of('counter', key).counter(key, options);
  }

  async hashGet(key: Bytes, field: Bytes, options?: CallControl): Promise<Buffer | null> {
    return await this.#of('hashGet', key).hashGet(key, field, options);
  }

  async setHas(key: Bytes, member: Bytes, options?: CallControl): Promise<boolean> {
    return await this.#of('setHas', key).setHas(key, member, options);
  }

  async *scan(prefix: Bytes, options?: CallControl): AsyncGenerator<Buffer> {
    this.#check('scan');
    for (const shard of this.#shards) yield* shard.scan(prefix, options);
  }

  async tryLock(name: Bytes, ttl: Ttl, options?: CallControl): Promise<Lock | null> {
    return await this.#of('tryLock', name, 'name').tryLock(name, ttl, options);
  }

  heldLock(name: Bytes, token: string, fence?: bigint): Lock {
    return this.#of('heldLock', name, 'name').heldLock(name, token, fence);
  }

  async rateLimit(key: Bytes, rate: Rate, options: RateLimitOptions = {}): Promise<RateDecision> {
    this.#arguments.bytes('rateLimit', 'key', key);
    return await this.#of('rateLimit', this.#counted(key, rate, options)).rateLimit(key, rate, options);
  }

  async ttlCounter(key: Bytes, by: number, limit: number, window: Ttl, options?: CallControl): Promise<TtlCount> {
    return await this.#of('ttlCounter', key).ttlCounter(key, by, limit, window, options);
  }

  async greylist(key: Bytes, options?: GreylistOptions): Promise<GreylistDecision> {
    return await this.#of('greylist', key).greylist(key, options);
  }

  /** All or none within each shard only: where one fails and another does not, the error is indeterminate. */
  async transact(changes: readonly Change[], options?: CallControl): Promise<{ missing: number }> {
    this.#check('transact');
    this.#arguments.changes('transact', changes);
    this.#checkOptions('transact', options);
    let missing = 0;
    let done = 0;
    try {
      await this.#each(
        'transact',
        changes,
        ({ key }) => this.#full(key),
        async (shard, part) => {
          const ofPart = await shard.transact(part, options);
          missing += ofPart.missing;
          done++;
        },
      );
    } catch (error) {
      throw done > 0 && error instanceof StoreError ? halfDone(error) : error;
    }
    return { missing };
  }

  /** Commands name their keys as the servers have them; those of one command must lie in one shard. */
  async command(name: string, ...args: readonly Argument[]): Promise<Reply> {
    const command: readonly [string, ...Argument[]] = [name, ...args];
    this.#arguments.command('command', command);
    return await this.#ofCommand('command', command).command(name, ...args);
  }

  async pipeline(
    commands: readonly (readonly [string, ...Argument[]])[],
    options?: CallControl,
  ): Promise<(Reply | StoreError)[]> {
    this.#arguments.commands('pipeline', commands);
    this.#checkOptions('pipeline', options);
    const replies = new Array<Reply | StoreError>(commands.length);
    const shards = commands.map((command) => this.#ofCommand('pipeline', command));
    const places = (shard: LookupStore) => [...commands.keys()].filter((place) => shards[place] === shard);
    await all(
      [...new Set(shards)].map(async (shard) => {
        const own = places(shard);
        const part = own.map((place) => commands[place] as readonly [string, ...Argument[]]);
        const answers = await shard.pipeline(part, options);
        for (const [i, place] of own.entries()) replies[place] = answers[i] as Reply | StoreError;
      }),
    );
    return replies;
  }

  async publish(channel: Bytes, message: Bytes, options?: CallControl): Promise<number> {
    return await this.#of('publish', channel, 'channel').publish(channel, message, options);
  }

  async subscribe(channel: Bytes, onMessage: (message: Buffer) => void): Promise<() => Promise<void>> {
    return await this.#of('subscribe', channel, 'channel').subscribe(channel, onMessage);
  }

  async ping(options?: CallControl): Promise<readonly PingResult[]> {
    this.#check('ping');
    return (await all(this.#shards.map((shard) => shard.ping(options)))).flat();
  }

  topology(): Topology {
    const parts = this.#shards.map((shard) => shard.topology());
    return { kind: 'sharded', transport: parts[0]?.transport ?? 'memory', nodes: parts.flatMap(({ nodes }) => nodes) };
  }

  async refreshTopology(options?: CallControl): Promise<Topology> {
    this.#check('refreshTopology');
    await all(this.#shards.map((shard) => shard.refreshTopology(options)));
    return this.topology();
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The shard of a key. */
  #of(operation: string, key: Bytes, what = 'key'): LookupStore {
    this.#check(operation);
    this.#arguments.bytes(operation, what, key);
    return this.#at(this.#full(key));
  }

  #at(full: Bytes): LookupStore {
    return this.#shards[Number(xxh3(toBuffer(full)) % BigInt(this.#shards.length))] as LookupStore;
  }

  #full(key: Bytes): Buffer {
    return this.#keyPrefix.length === 0 ? toBuffer(key) : Buffer.concat([this.#keyPrefix, toBuffer(key)]);
  }

  readonly #keyOf = (key: Bytes) => this.#full(key);

  /** What a rate limit counts under, without the prefix that all keys have. */
  #counted(key: Bytes, rate: Rate, { algorithm, prefix }: RateLimitOptions): Bytes {
    if (algorithm === 'leaky-bucket') return key;
    const { period } = this.#arguments.rate('rateLimit', rate);
    const named = prefix === undefined ? key : Buffer.concat([Buffer.of(prefix), toBuffer(key)]);
    return windowKey(named, windowOf(this.#clock.now(), period));
  }

  #ofCommand(operation: string, command: Command): LookupStore {
    this.#check(operation);
    const places = factsOf(command).keys?.(command) ?? [1];
    const shards = new Set(
      places.filter((place) => place < command.length).map((place) => this.#at(bytesOf(command[place] as Argument))),
    );
    const [shard] = shards;
    if (shard === undefined) throw this.#error(operation, 'INVALID', 'the command names no key: ask one of the stores');
    if (shards.size > 1) throw this.#error(operation, 'INVALID', 'the keys of the command lie in several stores');
    return shard;
  }

  /** Runs each shard's part of a list, all at the same time; `places` are those of the part in the list. */
  async #each<T>(
    operation: string,
    items: readonly T[],
    fullKey: (item: T) => Bytes,
    run: (shard: LookupStore, part: readonly T[], places: readonly number[]) => Promise<void>,
  ): Promise<void> {
    this.#check(operation);
    const parts = new Map<LookupStore, { readonly part: T[]; readonly places: number[] }>();
    for (const [place, item] of items.entries()) {
      const shard = this.#at(fullKey(item));
      const own = parts.get(shard) ?? { part: [], places: [] };
      parts.set(shard, own);
      own.part.push(item);
      own.places.push(place);
    }
    await all([...parts].map(([shard, { part, places }]) => run(shard, part, places)));
  }

  /** Of a call that may have no shard to check them. */
  #checkOptions(operation: string, options: CallControl | undefined): void {
    if (options !== undefined) this.#arguments.options(operation, options);
  }

  #check(operation: string): void {
    if (this.#closed) throw this.#error(operation, 'CLOSED', 'the store is closed');
  }

  #error(operation: string, code: StoreErrorCode, what: string): StoreError {
    const temporary = code === 'CLOSED';
    return new StoreError(what, { code, store: this.name, operation, attempts: 0, temporary, indeterminate: false });
  }
}

/** All have ended when this does, also when one has failed. */
async function all<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return await Promise.all(calls);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function bytesOf(argument: Argument): Bytes {
  return typeof argument === 'string' || argument instanceof Uint8Array ? argument : String(argument);
}

function halfDone(error: StoreError): StoreError {
  const { code, store, node, operation, attempts, temporary } = error;
  return new StoreError('a part of it was executed, in another store', {
    ...{ code, store, node, operation, attempts, temporary },
    indeterminate: true,
    cause: error,
  });
}
