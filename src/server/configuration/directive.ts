import type { Settings } from '../settings.js';
import { checkedText, integer, memory, oneOf, text, textOrNone, type ValueType, yesNo } from './value-types.js';

/**
 * A directive of redis.conf: its names, what values it takes, its default, and where the server keeps it. One
 * with a `setting` acts; one without is known, checked and told by CONFIG GET, and nothing more.
 */
export interface Directive<T = unknown> extends DirectiveOptions {
  readonly name: string;
  readonly type: ValueType<T>;
  readonly initial: T;
}

export interface DirectiveOptions {
  /** Another name of the same directive, which CONFIG GET tells as well. */
  readonly alias?: string;
  /** Only at the start: CONFIG SET refuses it. */
  readonly immutable?: true;
  /** Only CONFIG SET with `enable-protected-configs`. */
  readonly protected?: true;
  /** Where and how the server listens: CONFIG SET moves its sockets. */
  readonly listens?: true;
  readonly setting?: keyof Settings;
  /** What another value than the default would need and this server does not do yet: it is refused. */
  readonly needs?: string;
  /** The default is not redis-server's: files say it, so that they mean the same to both. */
  readonly ownDefault?: true;
  /** For Redis's own tests: CONFIG GET tells it by its exact name only. */
  readonly hidden?: true;
  /** Never in logs and errors. */
  readonly secret?: true;
}

export type Directives = readonly Directive[];

function directive<T>(name: string, type: ValueType<T>, initial: T, options: DirectiveOptions): Directive {
  return { name, type: type as ValueType<unknown>, initial, ...options };
}

export function toggle(name: string, initial: boolean, options: DirectiveOptions = {}): Directive {
  return directive(name, yesNo, initial, options);
}

export function number(
  name: string,
  initial: number,
  [min, max]: readonly [bigint, bigint],
  options: DirectiveOptions = {},
): Directive {
  return directive(name, integer(min, max), initial, options);
}

/** Seconds in the file, milliseconds in the settings. */
export function seconds(name: string, initial: number, options: DirectiveOptions = {}): Directive {
  return directive(name, integer(...INT, 1000), initial * 1000, options);
}

/** Bytes; any 64 bits hold unless said otherwise. */
export function size(
  name: string,
  initial: number,
  options: DirectiveOptions = {},
  [min, max]: readonly [bigint?, bigint?] = [],
): Directive {
  return directive(name, memory(min, max), initial, options);
}

/** The first choice is the default. */
export function choice(
  name: string,
  initial: string,
  choices: readonly string[],
  options: DirectiveOptions = {},
): Directive {
  return directive(name, oneOf(...choices), initial, options);
}

/** A text that is absent unless it is given. */
export function string(name: string, options: DirectiveOptions = {}): Directive {
  return directive(name, textOrNone, '', options);
}

/** A text that is there even when it is empty. */
export function label(name: string, initial: string, options: DirectiveOptions = {}): Directive {
  return directive(name, text, initial, options);
}

export function special<T>(name: string, type: ValueType<T>, initial: T, options: DirectiveOptions = {}): Directive {
  return directive(name, type, initial, options);
}

/** A text that names a file, or a folder, in the working directory, not a path. */
export function fileName(
  name: string,
  initial: string,
  {
    mayBeEmpty = false,
    what = 'filename',
    ...options
  }: DirectiveOptions & { mayBeEmpty?: boolean; what?: string } = {},
): Directive {
  const plain = checkedText((value) => {
    if (value === '' && !mayBeEmpty) return `${name} can't be empty`;
    return value.includes('/') ? `${name} can't be a path, just a ${what}` : undefined;
  });
  return directive(name, plain, initial, options);
}

export const INT = [0n, 2n ** 31n - 1n] as const;
export const POSITIVE = [1n, 2n ** 31n - 1n] as const;
export const SIGNED = [-(2n ** 31n), 2n ** 31n - 1n] as const;
export const LONG = [0n, 2n ** 63n - 1n] as const;
export const PORT = [0n, 65_535n] as const;
export const MEBIBYTE = 2n ** 20n;
