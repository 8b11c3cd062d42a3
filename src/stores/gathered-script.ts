/**
 * Scripts that take any number of keys and the same number of arguments for each, and reply an answer or the text of an
 * error per key: one bad key does not fail the others. The calls of one turn are one script call where the topology lets
 * a script touch all their keys.
 */
import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import type { Link, Script } from '../links/link.js';
import { type Argument, type Reply, ReplyError } from '../resp/reply.js';
import type { Commands } from './commands.js';
import type { GuardedCall } from './flight.js';
import { Departure, type Gathering } from './gathering.js';
import type { Guard } from './guard.js';
import { arrayOf } from './replies.js';

/** Keys of one script call: more would hold up the server's other clients. */
const MOST_KEYS = 100;

export interface ScriptPerKey<T> {
  readonly call: GuardedCall;
  readonly script: Script;
  /** The answer, or the error, of what the script replies for one key. */
  readonly read: (reply: Reply) => T | ReplyError;
}

export type RunForKey<T> = (key: Bytes, args: readonly Argument[], signal?: AbortSignal) => Promise<T>;

/** One script call per key: on a cluster, where keys lie in different slots, in the embedded store, and for a call with a signal. */
export function runAlone<T>({ call, script, read }: ScriptPerKey<T>, commands: Commands): RunForKey<T> {
  return (key, args, signal) =>
    commands.script({ ...call, key, signal }, { script, keys: [key], args }, (reply) => {
      const [answer] = arrayOf(reply, 1, read) as [T | ReplyError];
      if (answer instanceof ReplyError) throw answer;
      return answer;
    });
}

/** The calls of one turn together; one with a signal goes alone. */
export function runGathered<T>(
  perKey: ScriptPerKey<T>,
  link: Link,
  guard: Guard,
  gathering: Gathering,
  alone: RunForKey<T>,
): RunForKey<T> {
  const gathered = new GatheredScript(link, guard, gathering, perKey);
  return (key, args, signal) => (signal === undefined ? gathered.run(key, args) : alone(key, args, signal));
}

class GatheredScript<T> {
  readonly #link: Link;
  readonly #guard: Guard;
  readonly #departure: Departure;
  readonly #call: GuardedCall;
  readonly #script: Script;
  readonly #read: (reply: Reply) => T | ReplyError;
  #waiting: Waiting<T>[] = [];

  constructor(link: Link, guard: Guard, gathering: Gathering, { call, script, read }: ScriptPerKey<T>) {
    this.#link = link;
    this.#guard = guard;
    this.#departure = new Departure(gathering, () => this.#send());
    this.#call = call;
    this.#script = script;
    this.#read = read;
  }

  run(key: Bytes, args: readonly Argument[]): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#guard.enter(this.#call);
      this.#waiting.push({ key, args, resolve, reject });
      this.#departure.soon();
    });
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const batches: Promise<void>[] = [];
    for (let from = 0; from < waiting.length; from += MOST_KEYS) {
      batches.push(this.#sendTogether(waiting.slice(from, from + MOST_KEYS)));
    }
    await Promise.all(batches);
  }

  async #sendTogether(batch: readonly Waiting<T>[]): Promise<void> {
    const keys = batch.map((waiting) => waiting.key);
    const args = batch.flatMap((waiting) => waiting.args);
    const call: GuardedCall = { ...this.#call, key: keys[0], count: batch.length };
    try {
      const answers = await this.#guard.runEntered(call, async (options) => {
        const reply = await this.#link.script(this.#script, keys, args, options);
        return arrayOf(reply, keys.length, this.#read);
      });
      for (let i = 0; i < batch.length; i++) this.#settle(batch[i]!, answers[i]!);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error as StoreError);
    }
    this.#guard.leave(batch.length);
  }

  #settle(waiting: Waiting<T>, answer: T | ReplyError): void {
    if (!(answer instanceof ReplyError)) waiting.resolve(answer);
    else waiting.reject(this.#guard.failure(answer, { ...this.#call, key: waiting.key }));
  }
}

interface Waiting<T> {
  readonly key: Bytes;
  readonly args: readonly Argument[];
  readonly resolve: (answer: T) => void;
  readonly reject: (error: StoreError) => void;
}
