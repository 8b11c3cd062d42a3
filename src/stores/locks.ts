/**
 * Locks: one owner at a time, known by a random token; the lock's key holds it and goes with its ttl.
 *
 * Each acquisition has a fencing number that rises per lock, in a companion key of the same slot. That key
 * lives for FENCE_LIFETIME (and twice the lock's ttl) from the last acquisition and then goes, so that
 * locks with names of their own do not fill the server; the numbers rise all the same, because they are
 * the server's time or past it. Only a clock that is set back by more than the key lives, or that of a replica
 * which takes over without the last writes and is behind its primary's by more than their age, could repeat one.
 */
import { type Bytes, toBuffer } from '../core/bytes.js';
import type { Random } from '../core/random.js';
import type { Reply } from '../resp/reply.js';
import type { Arguments } from './arguments.js';
import type { Commands } from './commands.js';
import type { RunForKey, ScriptPerKey } from './gathered-script.js';
import type { KeySpace } from './keys.js';
import { countOrError, flag, integerOrText } from './replies.js';
import { acquireScript, extendScript, releaseScript } from './scripts/lock.js';
import type { CallControl, Lock, Ttl } from './store.js';

const FENCE_LIFETIME = 24 * 3_600_000;

/** The lock's key and its fence's, as the server has them. */
export interface LockKeys {
  readonly lock: Bytes;
  readonly fence: Bytes;
}

/** Throws INVALID where there is no name, and where the keys cannot be in one slot and have to be. */
export function lockKeys(name: Bytes, keys: KeySpace, given: Arguments, crossSlot: boolean): LockKeys {
  if (name.length === 0) throw given.refused('tryLock', 'a lock needs a name');
  const lock = keys.full(name);
  const fence = keys.companion(name, ':fence');
  if (fence !== undefined) return { lock, fence };
  if (crossSlot) return { lock, fence: Buffer.concat([toBuffer(lock), Buffer.from(':fence')]) };
  throw given.refused('tryLock', 'on a cluster a lock with "}" in its name needs a hash tag');
}

export interface LockDependencies {
  readonly commands: Commands;
  /** Runs `releaseLock`: alone, or with others of the same turn where the topology allows it. */
  readonly release: RunForKey<number>;
  readonly random: Random;
  /** Whole milliseconds of what a caller gave, or an INVALID error. */
  readonly milliseconds: (operation: string, ttl: Ttl) => number;
}

/** Its argument is the token. Answers 1, or 0 when the lock is not the token's any more. */
export const releaseLock: ScriptPerKey<number> = {
  call: { operation: 'unlock', safety: 'idempotent' },
  script: releaseScript,
  read: countOrError,
};

export async function acquireLock(
  keys: LockKeys,
  ttl: Ttl,
  control: CallControl,
  dependencies: LockDependencies,
): Promise<Lock | null> {
  const { commands, random, milliseconds } = dependencies;
  const ms = milliseconds('tryLock', ttl);
  const token = random.bytes(16).toString('hex');
  const fence = await commands.script(
    { operation: 'tryLock', safety: 'idempotent', key: keys.lock, signal: control.signal },
    {
      script: acquireScript,
      keys: [keys.lock, keys.fence],
      args: [token, ms, Math.max(FENCE_LIFETIME, 2 * ms)],
    },
    fenceOf,
  );
  return fence === null ? null : new HeldLock(keys.lock, token, fence, dependencies);
}

/** A lock that somebody took before, by its token. */
export function heldLock(keys: LockKeys, token: string, fence: bigint, dependencies: LockDependencies): Lock {
  return new HeldLock(keys.lock, token, fence, dependencies);
}

function fenceOf(reply: Reply): bigint | null {
  return reply === null ? null : integerOrText(reply);
}

class HeldLock implements Lock {
  readonly token: string;
  readonly fence: bigint;
  readonly #key: Bytes;
  readonly #dependencies: LockDependencies;

  constructor(key: Bytes, token: string, fence: bigint, dependencies: LockDependencies) {
    this.#key = key;
    this.token = token;
    this.fence = fence;
    this.#dependencies = dependencies;
  }

  async extend(ttl: Ttl): Promise<boolean> {
    const ms = this.#dependencies.milliseconds('extend', ttl);
    return await this.#dependencies.commands.script(
      { operation: 'extend', safety: 'idempotent', key: this.#key },
      { script: extendScript, keys: [this.#key], args: [this.token, ms] },
      flag,
    );
  }

  async unlock(): Promise<boolean> {
    return (await this.#dependencies.release(this.#key, [this.token])) === 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unlock();
  }
}
