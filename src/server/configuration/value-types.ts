import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemReason } from '../../core/system-reason.js';
import { quoted } from '../quoted.js';

/**
 * How a directive's value is read and printed, as Redis does it: `parse` takes the words of a line, or what CONFIG SET
 * was given cut at each blank, and throws DirectiveError in Redis's words.
 */
export interface ValueType<T> {
  parse(words: readonly string[]): T;
  /** As CONFIG GET tells it. */
  format(value: T): string;
  /** As lines of a file hold it, each behind the directive's name; none, and there is no line. Else as `format`. */
  readonly lines?: (value: T) => readonly string[];
  /** Takes all the words of its line, none too; others take exactly one. */
  readonly manyWords?: true;
}

export class DirectiveError extends Error {
  override readonly name = 'DirectiveError';
}

export const yesNo: ValueType<boolean> = {
  parse([text = '']) {
    const word = text.toLowerCase();
    if (word !== 'yes' && word !== 'no') throw new DirectiveError("argument must be 'yes' or 'no'");
    return word === 'yes';
  },
  format: (value) => (value ? 'yes' : 'no'),
};

/** `unit` is what one counts in the value: 1000 for seconds kept in milliseconds. */
export function integer(min: bigint, max: bigint, unit = 1): ValueType<number> {
  return {
    parse([text = '']) {
      const value = /^(?:0|-?[1-9]\d{0,18})$/.test(text) ? BigInt(text) : undefined;
      if (value === undefined || value > INT64_MAX || value < -INT64_MAX - 1n) {
        throw new DirectiveError("argument couldn't be parsed into an integer");
      }
      return Number(within(value, min, max)) * unit;
    },
    format: (value) => atMost(Math.trunc(value / unit), max).toString(),
  };
}

/** What is below or above `least` and `most` is taken, and is one of them. */
export function clamped(type: ValueType<number>, least: number, most = Number.POSITIVE_INFINITY): ValueType<number> {
  return { ...type, parse: (words) => Math.min(most, Math.max(least, type.parse(words))) };
}

function within(value: bigint, min: bigint, max: bigint): bigint {
  if (value >= min && value <= max) return value;
  throw new DirectiveError(`argument must be between ${min} and ${max} inclusive`);
}

/** The largest numbers of 64 bits are no doubles: what was rounded up to beyond them is the largest. */
function atMost(value: number, max: bigint): bigint {
  const exact = BigInt(value);
  return exact > max ? max : exact;
}

/** Bytes, with a unit: 1k is 1000, 1kb is 1024. */
export function memory(min = 0n, max = UINT64_MAX): ValueType<number> {
  return {
    parse([text = '']) {
      const bytes = parseMemory(text);
      if (bytes === undefined) throw new DirectiveError('argument must be a memory value');
      // Beyond 63 bits it is a negative number to those that are signed.
      return Number(within(max === UINT64_MAX ? bytes : BigInt.asIntN(64, bytes), min, max));
    },
    format: (value) => atMost(value, max).toString(),
    lines: (value) => [withUnit(atMost(value, max))],
  };
}

/** Bytes, or a part of `maxmemory` ("5%"), kept as a negative number. */
export const memoryOrPercent: ValueType<number> = {
  parse([text = '']) {
    const percent = /^(0|[1-9]\d{0,17})%$/.exec(text);
    const value = percent ? -BigInt(percent[1]!) : parseMemory(text);
    if (value === undefined) throw new DirectiveError('argument must be a memory or percent value');
    const signed = BigInt.asIntN(64, value);
    if (signed < -100n) throw new DirectiveError('percentage argument must be less or equal to 100');
    return Number(signed);
  },
  format: (value) => (value < 0 ? `${-value}%` : atMost(value, INT64_MAX).toString()),
  lines: (value) => [value < 0 ? `${-value}%` : withUnit(atMost(value, INT64_MAX))],
};

/** As C reads it: no digits are 0, and too many are the largest number, beyond which the unit begins anew. */
export function parseMemory(text: string): bigint | undefined {
  const parts = /^(\d{0,127})(b|kb?|mb?|gb?)?$/i.exec(text);
  if (parts === null) return undefined;
  const digits = BigInt(parts[1]!);
  const unit = MEMORY_UNITS[(parts[2] ?? 'b').toLowerCase()]!;
  return BigInt.asUintN(64, (digits > UINT64_MAX ? UINT64_MAX : digits) * unit);
}

/** With the largest unit that leaves nothing over. */
export function withUnit(bytes: bigint): string {
  const unit = bytes === 0n ? undefined : ['gb', 'mb', 'kb'].find((name) => bytes % MEMORY_UNITS[name]! === 0n);
  return unit === undefined ? String(bytes) : `${bytes / MEMORY_UNITS[unit]!}${unit}`;
}

const MEMORY_UNITS: Readonly<Record<string, bigint>> = {
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

export function oneOf<const C extends string>(...choices: readonly C[]): ValueType<C> {
  return {
    parse([text = '']) {
      const found = choices.find((choice) => choice === text.toLowerCase());
      if (found === undefined) throw notOneOf(choices);
      return found;
    },
    format: (value) => value,
  };
}

export function notOneOf(choices: readonly string[]): DirectiveError {
  return new DirectiveError(`argument(s) must be one of the following: ${choices.join(', ')}`);
}

/** A text, in files always in quotes. */
export const text: ValueType<string> = checkedText(() => undefined);

/** A text that is absent when it is empty: no line says so. */
export const textOrNone: ValueType<string> = { ...text, lines: (value) => (value === '' ? [] : [quoted(value)]) };

/** A text that `problem` finds nothing wrong with. */
export function checkedText(problem: (value: string) => string | undefined): ValueType<string> {
  return {
    parse([value = '']) {
      const found = problem(value);
      if (found !== undefined) throw new DirectiveError(found);
      return value;
    },
    format: (value) => value,
    lines: (value) => [quoted(value)],
  };
}

export const octal: ValueType<number> = {
  parse([value = '']) {
    if (!/^\s*[+-]?[0-7]{0,18}$/.test(value))
      throw new DirectiveError("argument couldn't be parsed as an octal number");
    const mode = Number.parseInt(value, 8) || 0;
    if (mode < 0 || mode > 0o777) throw new DirectiveError('argument must be between 0 and 777 inclusive');
    return mode;
  },
  format: (value) => value.toString(8),
};

/** A folder that is there; a relative one is meant from where the server was started. */
export const folder: ValueType<string> = {
  parse([value = '']) {
    const path = resolve(value);
    try {
      if (value !== '' && statSync(path).isDirectory()) return path;
    } catch (error) {
      throw new DirectiveError(systemReason(error));
    }
    throw new DirectiveError(value === '' ? 'No such file or directory' : 'Not a directory');
  },
  format: (value) => value,
  lines: (value) => [quoted(value)],
};
