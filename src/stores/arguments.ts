/**
 * What callers pass, checked before anything is sent: TypeScript refuses these mistakes, JavaScript does not, and
 * what a server, a link or a default would make of them is never what was meant ("undefined" as a value, a misspelt
 * `ttl` that leaves a key for ever). Each is an INVALID error that names the argument and the kind of thing it was
 * given, never its value. A right argument costs a `typeof`.
 */
import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import type { Argument } from '../resp/reply.js';
import { invalid, notInteger } from './failures.js';
import type { Change, Rate, Ttl } from './store.js';
import { int64Of, rateOf, ttlOf } from './values.js';

const BYTES = 'text or bytes (a string or a Uint8Array)';
const TTL = 'milliseconds, at least 1, or a duration such as "90s"';

/** What an option may be; undefined always stands for "not given". */
interface Option {
  readonly be: string;
  readonly is: (value: unknown) => boolean;
}

const YES_OR_NO: Option = { be: 'true or false', is: (value) => typeof value === 'boolean' };
const SIGNAL: Option = { be: 'an AbortSignal', is: (value) => value instanceof AbortSignal };
const POSITIVE: Option = {
  be: 'a positive integer',
  is: (value) => Number.isSafeInteger(value) && isWithin(value, 1, Infinity),
};
/** Read, and checked, where it is used. */
const TIME: Option = { be: TTL, is: () => true };

export type KnownOptions = ReadonlyMap<string, Option>;

const known = (options: Readonly<Record<string, Option>> = {}): KnownOptions =>
  new Map(Object.entries({ signal: SIGNAL, ...options }));

const CONTROL = known();
export const SET_OPTIONS = known({ ttl: TIME, ifAbsent: YES_OR_NO });
export const DELETE_PREFIX_OPTIONS = known({ force: YES_OR_NO });
export const INCREMENT_OPTIONS = known({ ttl: TIME, refreshTtl: YES_OR_NO });
export const RATE_LIMIT_OPTIONS = known({
  soft: YES_OR_NO,
  algorithm: {
    be: '"fixed-window" or "leaky-bucket"',
    is: (value) => value === 'fixed-window' || value === 'leaky-bucket',
  },
  prefix: { be: 'a byte (0 to 255)', is: (value) => Number.isInteger(value) && isWithin(value, 0, 255) },
  burst: POSITIVE,
  cost: POSITIVE,
});
export const GREYLIST_OPTIONS = known({ delay: TIME, window: TIME, lifetime: TIME });

const KINDS: ReadonlySet<unknown> = new Set<Change['kind']>(['set', 'delete', 'increment']);
const KINDS_TEXT = '"set", "delete" or "increment"';

export class Arguments {
  constructor(private readonly store: string) {}

  bytes(operation: string, name: string, value: Bytes): void {
    if (typeof value !== 'string' && !((value as unknown) instanceof Uint8Array)) {
      throw this.#mistake(operation, name, BYTES, value);
    }
  }

  eachBytes(operation: string, name: string, values: readonly Bytes[]): void {
    if (!Array.isArray(values)) throw this.#mistake(operation, name, 'an array', values);
    // By index: the holes of a sparse array are passed over otherwise.
    for (let i = 0; i < values.length; i++) this.bytes(operation, `${name}[${i}]`, values[i]!);
  }

  options(operation: string, options: object | undefined, allowed: KnownOptions = CONTROL): void {
    if (options === undefined) return;
    if (typeof options !== 'object' || options === null)
      throw this.#mistake(operation, 'options', 'an object', options);
    for (const name of Object.keys(options)) {
      const value = (options as Readonly<Record<string, unknown>>)[name];
      const option = allowed.get(name);
      if (option === undefined) throw this.refused(operation, unknownOption(name, allowed));
      if (value !== undefined && !option.is(value)) throw this.#mistake(operation, name, option.be, value);
    }
  }

  /** Whole milliseconds. */
  ttl(operation: string, name: string, ttl: Ttl): number {
    const ms = ttlOf(ttl);
    if (ms === undefined) throw this.#mistake(operation, name, TTL, ttl);
    return ms;
  }

  /** A lock's token, as `tryLock` gave it. */
  token(operation: string, token: string): void {
    if (typeof token !== 'string' || token === '') throw this.#mistake(operation, 'token', "a lock's token", token);
  }

  rate(operation: string, rate: Rate): { requests: number; period: number } {
    const parts = rateOf(rate);
    if (parts === undefined) throw this.#mistake(operation, 'rate', '"N/period" or { requests, period }', rate);
    return parts;
  }

  int64(operation: string, name: string, value: bigint | number): bigint {
    const exact = int64Of(value);
    if (exact === undefined) throw this.#mistake(operation, name, 'a 64-bit integer', value);
    return exact;
  }

  integer(operation: string, name: string, value: number, least = Number.MIN_SAFE_INTEGER): void {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw this.#mistake(operation, name, least === 0 ? 'an integer that is not negative' : 'an integer', value);
  }

  listener(operation: string, name: string, value: unknown): void {
    if (typeof value !== 'function') throw this.#mistake(operation, name, 'a function', value);
  }

  command(operation: string, command: readonly Argument[], name = 'command'): void {
    if (!Array.isArray(command)) throw this.#mistake(operation, name, 'an array', command);
    const [first] = command as readonly Argument[];
    if (typeof first !== 'string' || first === '') {
      throw this.#mistake(operation, `${name}[0]`, 'the name of a command', first);
    }
    for (let i = 1; i < command.length; i++) {
      if (!isArgument(command[i])) {
        throw this.#mistake(operation, `${name}[${i}]`, 'text, bytes or a number', command[i]);
      }
    }
  }

  commands(operation: string, commands: readonly (readonly Argument[])[]): void {
    if (!Array.isArray(commands)) throw this.#mistake(operation, 'commands', 'an array', commands);
    for (let i = 0; i < commands.length; i++) this.command(operation, commands[i]!, `commands[${i}]`);
  }

  changes(operation: string, changes: readonly Change[]): void {
    if (!Array.isArray(changes)) throw this.#mistake(operation, 'changes', 'an array', changes);
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i] as Change | null | undefined;
      if (typeof change !== 'object' || change === null) {
        throw this.#mistake(operation, `changes[${i}]`, 'an object', change);
      }
      if (!KINDS.has(change.kind)) throw this.#mistake(operation, `changes[${i}].kind`, KINDS_TEXT, change.kind);
      this.bytes(operation, `changes[${i}].key`, change.key);
      if (change.kind === 'set') this.bytes(operation, `changes[${i}].value`, change.value);
    }
  }

  /** A value that is set and cannot be added to. */
  notInteger(operation: string): StoreError {
    return notInteger(this.store, operation);
  }

  refused(operation: string, what: string): StoreError {
    return invalid(this.store, operation, what);
  }

  #mistake(operation: string, name: string, expected: string, given: unknown): StoreError {
    return this.refused(operation, `${name} must be ${expected}, and is ${kindOf(given)}`);
  }
}

function unknownOption(name: string, allowed: KnownOptions): string {
  return `there is no option "${name}"; there are ${[...allowed.keys()].sort().join(', ')}`;
}

function isArgument(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isNaN(value);
  return typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array;
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

/** What a value is, in words that give nothing of it away. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return kindOfNumber(value);
  if (typeof value === 'string') return value === '' ? 'empty text' : 'other text';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

function kindOfNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'an infinite number';
  if (value === 0) return 'zero';
  const size = Math.abs(value) > Number.MAX_SAFE_INTEGER ? 'a huge' : 'a';
  if (value < 0) return `${size} negative number`;
  return Number.isInteger(value) ? `${size} number` : 'a fraction';
}
