/**
 * The operations, written once over the link: each is one command or one script, so each is atomic, and
 * names keys of one slot. What crosses slots (getMany, delete, scan) is said so in store.ts.
 */
import type { Bytes } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import type { StoreError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import type { Command, Link, Topology } from '../links/link.js';
import type { Argument, Reply } from '../resp/reply.js';
import {
  Arguments,
  DELETE_PREFIX_OPTIONS,
  GREYLIST_OPTIONS,
  INCREMENT_OPTIONS,
  type KnownOptions,
  RATE_LIMIT_OPTIONS,
  SET_OPTIONS,
} from './arguments.js';
import { type Commands, DirectCommands, GatheredCommands } from './commands.js';
import type { Safety } from './failures.js';
import type { GuardedCall } from './flight.js';
import { type RunForKey, runAlone, runGathered, type ScriptPerKey } from './gathered-script.js';
import { Gathering } from './gathering.js';
import { askGreylist, greylistTimes } from './greylist.js';
import { Guard, type GuardConfig, type GuardDependencies } from './guard.js';
import { KeySpace } from './keys.js';
import { countWindow, fixedWindow, type Limit, leakyBucket, limitKey, ttlCounter } from './limits.js';
import { acquireLock, heldLock, type LockDependencies, lockKeys, releaseLock } from './locks.js';
import { type NearCached, type NearCachedConfig, nearCached } from './near-cache/near-cached.js';
import { ping } from './ping.js';
import type { Reader } from './reader.js';
import { bulkOrNull, counterValue, flag, integer, integerOrText, okOrNull, wideInteger } from './replies.js';
import { scanPages } from './scan.js';
import { incrementScript } from './scripts/increment.js';
import { sendPipeline } from './send-pipeline.js';
import type {
  CallControl,
  Change,
  GreylistDecision,
  GreylistOptions,
  IncrementOptions,
  Lock,
  PingResult,
  Rate,
  RateDecision,
  RateLimitOptions,
  SetOptions,
  Ttl,
  TtlCount,
} from './store.js';
import type { TellingStore } from './telling.js';
import { transact } from './transaction.js';

export type LinkStoreConfig = GuardConfig & NearCachedConfig;

export class LinkStore implements TellingStore {
  readonly name: string;
  readonly #link: Link;
  readonly #guard: Guard;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #keys: KeySpace;
  readonly #arguments: Arguments;
  readonly #near: NearCached;
  readonly #reader: Reader;
  readonly #commands: Commands;
  readonly #countWindow: RunForKey<number>;
  readonly #releaseLock: RunForKey<number>;
  readonly #askGreylist: RunForKey<GreylistDecision>;

  constructor(bare: Link, config: LinkStoreConfig, dependencies: GuardDependencies) {
    this.name = config.id;
    this.#near = nearCached(bare, config, dependencies);
    const { link } = this.#near;
    this.#link = link;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#keys = new KeySpace(config.keyPrefix);
    this.#arguments = new Arguments(config.id);
    this.#guard = new Guard(link, config, dependencies);
    const gathering = new Gathering();
    const local = link.kind === 'embedded';
    this.#commands = local ? new DirectCommands(link, this.#guard) : new GatheredCommands(link, this.#guard, gathering);
    this.#reader = this.#near.reader(this.#guard, gathering);
    const perKey = <T>(what: ScriptPerKey<T>): RunForKey<T> => {
      const alone = runAlone(what, this.#commands);
      return link.crossSlot && !local ? runGathered(what, link, this.#guard, gathering, alone) : alone;
    };
    this.#countWindow = perKey(countWindow);
    this.#releaseLock = perKey(releaseLock);
    this.#askGreylist = perKey(askGreylist);
  }

  get(key: Bytes, options?: CallControl): Promise<Buffer | null> {
    try {
      return this.#reader.get(this.#named('get', key, options), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getText(key: Bytes, options?: CallControl): Promise<string | null> {
    try {
      return this.#reader.getText(this.#named('get', key, options), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  tell(key: Bytes, answered: (value: Buffer | null) => void, failed: (error: StoreError) => void): void {
    try {
      this.#arguments.bytes('get', 'key', key);
    } catch (error) {
      failed(error as StoreError);
      return;
    }
    this.#reader.tell(this.#keys.full(key), answered, failed);
  }

  async getMany(keys: readonly Bytes[], options?: CallControl): Promise<(Buffer | null)[]> {
    this.#arguments.eachBytes('getMany', 'keys', keys);
    this.#arguments.options('getMany', options);
    return await Promise.all(keys.map((key) => this.#reader.get(this.#keys.full(key), options?.signal)));
  }

  async set(key: Bytes, value: Bytes, options: SetOptions = NO_OPTIONS): Promise<boolean> {
    this.#arguments.bytes('set', 'key', key);
    this.#arguments.bytes('set', 'value', value);
    if (options !== NO_OPTIONS) this.#arguments.options('set', options, SET_OPTIONS);
    const command: [string, ...Argument[]] = ['SET', this.#keys.full(key), value];
    if (options.ttl !== undefined) command.push('PX', this.#arguments.ttl('set', 'ttl', options.ttl));
    if (options.ifAbsent) command.push('NX');
    const call = this.#call('set', options.ifAbsent ? 'once' : 'idempotent', command[1] as Bytes, options);
    return await this.#commands.send(call, command, okOrNull);
  }

  async delete(...keys: readonly Bytes[]): Promise<number> {
    this.#arguments.eachBytes('delete', 'keys', keys);
    const full = keys.map((key) => this.#keys.full(key));
    return await this.#delete('delete', full, undefined);
  }

  async deletePrefix(prefix: Bytes, options: CallControl & { force?: boolean } = NO_OPTIONS): Promise<number> {
    this.#arguments.bytes('deletePrefix', 'prefix', prefix);
    this.#arguments.options('deletePrefix', options, DELETE_PREFIX_OPTIONS);
    if (prefix.length === 0 && options.force !== true) {
      throw this.#arguments.refused('deletePrefix', 'the empty prefix deletes everything: say force');
    }
    let deleted = 0;
    for await (const page of this.#pages('deletePrefix', prefix, options)) {
      deleted += await this.#delete('deletePrefix', page, options);
    }
    return deleted;
  }

  async exists(key: Bytes, options?: CallControl): Promise<boolean> {
    const full = this.#named('exists', key, options);
    return await this.#commands.send(this.#lookup('exists', full, options), ['EXISTS', full], flag);
  }

  async ttl(key: Bytes, options?: CallControl): Promise<number | null> {
    const full = this.#named('ttl', key, options);
    const ms = await this.#commands.send(this.#call('ttl', 'read', full, options), ['PTTL', full], integer);
    if (ms === -2) return null;
    return ms === -1 ? Number.POSITIVE_INFINITY : ms;
  }

  async expire(key: Bytes, ttl: Ttl, options?: CallControl): Promise<boolean> {
    const full = this.#named('expire', key, options);
    const command: Command = ['PEXPIRE', full, this.#arguments.ttl('expire', 'ttl', ttl)];
    return await this.#commands.send(this.#call('expire', 'idempotent', full, options), command, flag);
  }

  async increment(key: Bytes, by: bigint | number = 1, options: IncrementOptions = NO_OPTIONS): Promise<bigint> {
    const full = this.#named('increment', key, options, INCREMENT_OPTIONS);
    const amount = this.#arguments.int64('increment', 'by', by);
    const call = this.#call('increment', 'once', full, options);
    if (options.ttl === undefined) return await this.#commands.send(call, ['INCRBY', full, amount], wideInteger);
    const args = [amount, this.#arguments.ttl('increment', 'ttl', options.ttl), options.refreshTtl ? '1' : '0'];
    return await this.#commands.script(call, { script: incrementScript, keys: [full], args }, integerOrText);
  }

  async counter(key: Bytes, options?: CallControl): Promise<bigint> {
    return await this.#look('counter', this.#named('counter', key, options), options?.signal);
  }

  async hashGet(key: Bytes, field: Bytes, options?: CallControl): Promise<Buffer | null> {
    const full = this.#named('hashGet', key, options);
    this.#arguments.bytes('hashGet', 'field', field);
    return await this.#commands.send(this.#lookup('hashGet', full, options), ['HGET', full, field], bulkOrNull);
  }

  async setHas(key: Bytes, member: Bytes, options?: CallControl): Promise<boolean> {
    const full = this.#named('setHas', key, options);
    this.#arguments.bytes('setHas', 'member', member);
    return await this.#commands.send(this.#lookup('setHas', full, options), ['SISMEMBER', full, member], flag);
  }

  async *scan(prefix: Bytes, options: CallControl = NO_OPTIONS): AsyncGenerator<Buffer> {
    this.#arguments.bytes('scan', 'prefix', prefix);
    this.#arguments.options('scan', options);
    // SCAN may list a key twice while the server's table grows: only remembering all of them tells.
    const seen = new Set<string>();
    for await (const page of this.#pages('scan', prefix, options)) {
      for (const full of page) {
        const name = full.latin1Slice();
        if (seen.has(name)) continue;
        seen.add(name);
        yield this.#keys.stripped(full);
      }
    }
  }

  async tryLock(name: Bytes, ttl: Ttl, options: CallControl = NO_OPTIONS): Promise<Lock | null> {
    this.#arguments.bytes('tryLock', 'name', name);
    this.#arguments.options('tryLock', options);
    return await acquireLock(this.#lockKeys(name), ttl, options, this.#locking());
  }

  heldLock(name: Bytes, token: string, fence = 0n): Lock {
    this.#arguments.bytes('heldLock', 'name', name);
    this.#arguments.token('heldLock', token);
    return heldLock(this.#lockKeys(name), token, fence, this.#locking());
  }

  rateLimit(key: Bytes, rate: Rate, options: RateLimitOptions = NO_OPTIONS): Promise<RateDecision> {
    try {
      this.#arguments.bytes('rateLimit', 'key', key);
      this.#arguments.options('rateLimit', options, RATE_LIMIT_OPTIONS);
      const limit = this.#limit(key, rate, options);
      if (options.algorithm === 'leaky-bucket') return leakyBucket(limit, this.#commands);
      const look = (window: Bytes, signal: AbortSignal | undefined) => this.#look('rateLimit', window, signal);
      return fixedWindow(limit, this.#clock, this.#countWindow, look);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  greylist(key: Bytes, options: GreylistOptions = NO_OPTIONS): Promise<GreylistDecision> {
    try {
      const full = this.#named('greylist', key, options, GREYLIST_OPTIONS);
      return this.#askGreylist(full, greylistTimes(options, this.#arguments), options.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async ttlCounter(key: Bytes, by: number, limit: number, window: Ttl, options?: CallControl): Promise<TtlCount> {
    const full = this.#named('ttlCounter', key, options);
    this.#arguments.integer('ttlCounter', 'by', by);
    this.#arguments.integer('ttlCounter', 'limit', limit, 0);
    const ms = this.#arguments.ttl('ttlCounter', 'window', window);
    if (limit === 0) return { success: true, value: 0, ttl: 0 };
    const call = this.#call('ttlCounter', by === 0 ? 'read' : 'once', full, options);
    return await ttlCounter(call, full, [by, limit, ms], this.#commands);
  }

  async transact(changes: readonly Change[], options: CallControl = NO_OPTIONS): Promise<{ missing: number }> {
    this.#arguments.options('transact', options);
    return await transact(changes, options, {
      commands: this.#commands,
      keys: this.#keys,
      arguments: this.#arguments,
      crossSlot: this.#link.crossSlot,
    });
  }

  async command(name: string, ...args: readonly Argument[]): Promise<Reply> {
    const command: Command = [name, ...args];
    this.#arguments.command('command', command);
    const key = this.#near.keyOf(command);
    if (key !== undefined) return await this.#reader.get(key, undefined);
    return await this.#guard.run({ operation: 'command', safety: 'once' }, (options) =>
      this.#link.command(command, options),
    );
  }

  async pipeline(
    commands: readonly (readonly [string, ...Argument[]])[],
    options: CallControl = NO_OPTIONS,
  ): Promise<(Reply | StoreError)[]> {
    this.#arguments.commands('pipeline', commands);
    this.#arguments.options('pipeline', options);
    return await sendPipeline(commands, options.signal, this.#link, this.#guard);
  }

  async publish(channel: Bytes, message: Bytes, options?: CallControl): Promise<number> {
    this.#arguments.bytes('publish', 'channel', channel);
    this.#arguments.bytes('publish', 'message', message);
    this.#arguments.options('publish', options);
    const call = this.#call('publish', 'once', undefined, options);
    return await this.#commands.send(call, ['PUBLISH', channel, message], integer);
  }

  async subscribe(channel: Bytes, onMessage: (message: Buffer) => void): Promise<() => Promise<void>> {
    this.#arguments.bytes('subscribe', 'channel', channel);
    this.#arguments.listener('subscribe', 'onMessage', onMessage);
    return await this.#guard.run({ operation: 'subscribe', safety: 'read' }, (options) =>
      this.#link.subscribe(channel, onMessage, options),
    );
  }

  async ping(options: CallControl = NO_OPTIONS): Promise<readonly PingResult[]> {
    this.#arguments.options('ping', options);
    return await Promise.all(this.#link.nodes().map((node) => ping(node, this.#guard, options)));
  }

  topology(): Topology {
    return this.#link.topology();
  }

  async refreshTopology(options: CallControl = NO_OPTIONS): Promise<Topology> {
    this.#arguments.options('refreshTopology', options);
    const call = this.#call('refreshTopology', 'read', undefined, options);
    await this.#guard.run(call, async (within) => await this.#link.refresh?.(within));
    return this.topology();
  }

  async close(): Promise<void> {
    this.#guard.close();
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #delete(operation: string, keys: readonly Bytes[], control: CallControl | undefined): Promise<number> {
    const groups = this.#link.crossSlot && keys.length > 0 ? [keys] : keys.map((key) => [key]);
    const counts = await Promise.all(
      groups.map((group) =>
        this.#commands.send(this.#call(operation, 'idempotent', group[0], control), ['DEL', ...group], integer),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #pages(operation: string, prefix: Bytes, { signal }: CallControl): AsyncGenerator<Buffer[]> {
    return scanPages(this.#link, this.#guard, this.#keys.full(prefix), { operation, signal });
  }

  #look(operation: string, full: Bytes, signal: AbortSignal | undefined): Promise<bigint> {
    return this.#commands.send({ operation, safety: 'read', key: full, signal }, ['GET', full], counterValue);
  }

  #locking(): LockDependencies {
    return {
      commands: this.#commands,
      release: this.#releaseLock,
      random: this.#random,
      milliseconds: (operation, given) => this.#arguments.ttl(operation, 'ttl', given),
    };
  }

  #lockKeys(name: Bytes) {
    return lockKeys(name, this.#keys, this.#arguments, this.#link.crossSlot);
  }

  #limit(key: Bytes, rate: Rate, options: RateLimitOptions): Limit {
    const { requests, period } = this.#arguments.rate('rateLimit', rate);
    const { cost = 1, soft = false, burst = requests, signal } = options;
    return { key: this.#keys.full(limitKey(key, options)), requests, period, burst, cost, soft, signal };
  }

  /** The key as the server has it, of a call that has nothing else to check but its options. */
  #named(operation: string, key: Bytes, options: object | undefined, allowed?: KnownOptions): Bytes {
    this.#arguments.bytes(operation, 'key', key);
    if (options !== undefined && options !== NO_OPTIONS) this.#arguments.options(operation, options, allowed);
    return this.#keys.full(key);
  }

  #call(operation: string, safety: Safety, key: Bytes | undefined, control: CallControl | undefined): GuardedCall {
    return { operation, safety, key, signal: control?.signal };
  }

  /** A plain lookup, which a replica may answer where the configuration allows it. */
  #lookup(operation: string, key: Bytes, control: CallControl | undefined): GuardedCall {
    return { operation, safety: 'read', key, readOnly: true, signal: control?.signal };
  }
}

/** Compared by identity: a call without options has none to check. */
const NO_OPTIONS = {};
