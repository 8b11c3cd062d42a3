/**
 * How an operation's command leaves. Over a network, commands of one turn go in one pipeline, writes and
 * plain lookups apart; each ends for itself. The embedded store answers at once and needs no gathering.
 * Calls that are not awaited one after the other have no order.
 */
import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import { type CallOptions, type Command, type Link, LinkError, type Script } from '../links/link.js';
import type { Argument, Reply } from '../resp/reply.js';
import type { Send } from './attempt.js';
import type { GuardedCall } from './flight.js';
import { Departure, type Gathering } from './gathering.js';
import type { Guard, TogetherCall } from './guard.js';

export interface Commands {
  /** `decode` makes the result of the reply; the ReplyError or UnexpectedReply it throws fails the call. */
  send<T>(call: GuardedCall, command: Command, decode: (reply: Reply) => T): Promise<T>;
  script<T>(call: GuardedCall, script: ScriptCall, decode: (reply: Reply) => T): Promise<T>;
}

export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly Bytes[];
  readonly args: readonly Argument[];
}

/** One by one, as they are called. */
export class DirectCommands implements Commands {
  readonly #link: Link;
  readonly #guard: Guard;

  constructor(link: Link, guard: Guard) {
    this.#link = link;
    this.#guard = guard;
  }

  send<T>(call: GuardedCall, command: Command, decode: (reply: Reply) => T): Promise<T> {
    return this.#guard.run(call, (options) => this.#link.command(command, options).then(decode));
  }

  script<T>(call: GuardedCall, { script, keys, args }: ScriptCall, decode: (reply: Reply) => T): Promise<T> {
    return this.#guard.run(call, (options) => this.#link.script(script, keys, args, options).then(decode));
  }
}

/** Commands of one pipeline: past this a turn's commands are sent in several. */
const MOST_COMMANDS = 1_000;

/** Those of one turn together. */
export class GatheredCommands implements Commands {
  readonly #link: Link;
  readonly #guard: Guard;
  readonly #writes: Lane;
  readonly #lookups: Lane;

  constructor(link: Link, guard: Guard, gathering: Gathering) {
    this.#link = link;
    this.#guard = guard;
    this.#writes = new Lane(guard, gathering, false);
    this.#lookups = new Lane(guard, gathering, true);
  }

  send<T>(call: GuardedCall, command: Command, decode: (reply: Reply) => T): Promise<T> {
    return this.#queue(call, command, decode, (options) => this.#link.command(command, options).then(decode));
  }

  script<T>(call: GuardedCall, { script, keys, args }: ScriptCall, decode: (reply: Reply) => T): Promise<T> {
    const command: Command = ['EVALSHA', script.sha, keys.length, ...keys, ...args];
    const send = (options: CallOptions) => this.#link.script(script, keys, args, options).then(decode);
    return this.#queue(call, command, decode, send);
  }

  #queue<T>(call: GuardedCall, command: Command, decode: (reply: Reply) => T, send: Send<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#guard.enter(call);
      const lane = call.readOnly === true ? this.#lookups : this.#writes;
      lane.add(new Queued<T>(this.#guard, call, command, send, decode, resolve, reject));
    });
  }
}

class Lane {
  readonly #guard: Guard;
  readonly #departure: Departure;
  readonly #readOnly: boolean;
  #waiting: Waiting[] = [];

  constructor(guard: Guard, gathering: Gathering, readOnly: boolean) {
    this.#guard = guard;
    this.#departure = new Departure(gathering, () => this.#send());
    this.#readOnly = readOnly;
  }

  add(queued: Waiting): void {
    this.#waiting.push(queued);
    this.#departure.soon();
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const wanted = waiting.filter((queued) => !queued.over);
    for (const queued of wanted) queued.sent = true;
    if (wanted.length === 1) await this.#sendAlone(wanted[0]!);
    else if (wanted.length <= MOST_COMMANDS) await this.#guard.runTogether(wanted, this.#readOnly);
    else await this.#sendInParts(wanted);
  }

  async #sendInParts(queued: readonly Waiting[]): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let from = 0; from < queued.length; from += MOST_COMMANDS) {
      parts.push(this.#guard.runTogether(queued.slice(from, from + MOST_COMMANDS), this.#readOnly));
    }
    await Promise.all(parts);
  }

  async #sendAlone(queued: Waiting): Promise<void> {
    try {
      queued.settle(await this.#guard.runEntered(queued.call, queued.send));
    } catch (error) {
      queued.fail(error as StoreError);
    }
  }
}

interface Waiting extends TogetherCall {
  readonly over: boolean;
  sent: boolean;
}

/** A command that waits to be sent and for its reply. */
class Queued<T> implements Waiting {
  over = false;
  sent = false;

  constructor(
    readonly guard: Guard,
    readonly call: GuardedCall,
    readonly command: Command,
    readonly send: Send<T>,
    readonly decode: (reply: Reply) => T,
    readonly resolve: (value: T) => void,
    readonly reject: (error: StoreError) => void,
  ) {
    call.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  settle(value: T): void {
    if (this.#end()) this.resolve(value);
  }

  fail(error: StoreError): void {
    if (this.#end()) this.reject(error);
  }

  readonly #abort = (): void => {
    const gone = new LinkError('aborted', 'aborted', { maybeExecuted: this.sent });
    this.fail(this.guard.failure(gone, this.call, this.sent ? 1 : 0));
  };

  #end(): boolean {
    if (this.over) return false;
    this.over = true;
    this.guard.leave(1);
    this.call.signal?.removeEventListener('abort', this.#abort);
    return true;
  }
}
