import { z } from 'zod';
import { parseDuration } from '../../core/duration.js';
import { Refusal } from '../language/refusal.js';
import { parseSize } from '../language/size.js';
import { Secret } from '../secret.js';
import { didYouMean } from '../suggestion.js';

/**
 * The types of configuration keys. Each takes the value as TOML has it, with macros expanded, and answers
 * what the model holds. A number or a boolean may also come as text, since macros stand in texts only.
 * Messages say what is expected and never quote the value, which may be a secret.
 */

/** A type that parses what `input` accepts. The message of a refusal is the problem's, its hint too. */
export function parsed<I, O>(input: z.ZodType<I>, parse: (value: I) => O | Refusal): z.ZodType<O> {
  return input.transform((value, context) => {
    const result = parse(value);
    if (!(result instanceof Refusal)) return result;
    context.addIssue({ code: 'custom', message: result.message, params: { hint: result.hint } });
    return z.NEVER;
  });
}

export const text = z.string({ error: 'expected text in quotes' });

/** Text of at least one character, none of them a control character. */
export const name = parsed(text.meta({ minLength: 1 }), (value) => {
  if (value === '') return new Refusal('expected text that is not empty');
  return /[\0-\x1f\x7f]/.test(value) ? new Refusal('expected text without control characters') : value;
});

export const secret = parsed(text, (value) => new Secret(value));

const DURATION = 'expected a duration such as "10s" or "500ms"';
const DURATION_PATTERN = '^\\s*[0-9]+\\s*([dD]|[hH]|[mM]|[sS]|[mM][sS])?\\s*$';

const durationInput = z.union([z.string().meta({ pattern: DURATION_PATTERN }), z.int().meta({ minimum: 0 })], {
  error: DURATION,
});

/** Milliseconds, at least 1. */
export const duration = parsed(durationInput, (value) => {
  if (isZero(value)) return new Refusal('expected a duration longer than 0', 'every wait has a bound; give a long one');
  return readDuration(value);
});

const NEVER = ['', 'false', 'disable', 'disabled', 'never', '0'];
const NEVER_PATTERN = '^\\s*(false|disabled?|never|0)?\\s*$';

const optionalDurationInput = z.union(
  [
    z.string().meta({ pattern: `${DURATION_PATTERN}|${NEVER_PATTERN}` }),
    z.int().meta({ minimum: 0 }),
    z.literal(false),
  ],
  { error: `${DURATION}, or "never"` },
);

/** Milliseconds; 0 for "never" and Stalwart's other words for none. */
export const optionalDuration = parsed(optionalDurationInput, (value) => {
  if (value === false || NEVER.includes(String(value).trim().toLowerCase())) return 0;
  return isZero(value) ? new Refusal('"0s" is no duration', 'write "never" to turn it off') : readDuration(value);
});

function readDuration(value: string | number): number | Refusal {
  return parseDuration(String(value)) ?? new Refusal(DURATION, durationHint(String(value)));
}

function durationHint(value: string): string {
  const long = /^\s*\d+\s*[a-z]*\s*$/i.test(value) && /\d{14}/.test(value);
  return long ? 'it is too long' : 'one whole number and one unit: d, h, m, s or ms';
}

function isZero(value: string | number): boolean {
  return /^\s*0+\s*(d|h|m|s|ms)?\s*$/i.test(String(value));
}

const SIZE = 'expected a size such as "64kb", or a number of bytes';

/** Bytes, at least 1; suffixes as Redis has them. */
export const size = parsed(
  z.union([z.string().meta({ pattern: '^\\s*[0-9]+\\s*([bB]|[kKmMgG][bB]?)?\\s*$' }), z.int().meta({ minimum: 1 })], {
    error: SIZE,
  }),
  (value) => parseSize(String(value)) ?? new Refusal(SIZE, 'units: b, k (1000), kb (1024), m, mb, g, gb'),
);

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): z.ZodType<number> {
  const expected = `expected a whole number from ${min} to ${max}`;
  const input = z.union([z.int().meta({ minimum: min, maximum: max }), z.string().meta({ pattern: '^[0-9]+$' })], {
    error: expected,
  });
  return parsed(input, (value) => {
    const number =
      typeof value === 'string' ? (/^\s*-?\d+\s*$/.test(value) ? Number(value) : Number.NaN) : Number(value);
    return Number.isInteger(number) && number >= min && number <= max ? number : new Refusal(expected);
  });
}

/** Permissions of a unix socket. */
export const mode = parsed(text.meta({ pattern: '^0?[0-7]{3}$', examples: ['0660'] }), (value) =>
  /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : new Refusal('expected an octal mode such as "0660"'),
);

export const flag = parsed(
  z.union([z.boolean(), z.enum(['true', 'false'])], { error: 'expected true or false' }),
  (value) => value === true || value === 'true',
);

/** One of some words, in exactly this case. */
export function oneOf<const W extends string>(words: readonly W[]): z.ZodType<W> {
  const list = words.map((word) => `"${word}"`).join(', ');
  const type = parsed(text.meta({ enum: [...words] }), (value) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    return new Refusal(`expected ${words.length === 1 ? '' : 'one of '}${list}`, didYouMean(value, words));
  });
  wordLists.set(type, words);
  return type;
}

const wordLists = new WeakMap<z.ZodType, readonly string[]>();

/** The words of a type made by `oneOf`. */
export function wordsOf(type: z.ZodType): readonly string[] | undefined {
  return wordLists.get(type);
}

/** `"a", "b" or "c"`. */
export function eitherOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** One, or an array of at least one; `what` in the plural. */
export function oneOrMore<T>(type: z.ZodType<T>, what: string): z.ZodType<T[]> {
  const several = parsed(z.array(type), (values) =>
    values.length > 0 ? values : new Refusal(`expected at least one of the ${what}`),
  );
  return z.union([type.transform((value) => [value]), several], { error: `expected text, or an array of ${what}` });
}

/** The same without repetitions. */
export function oneOrMoreDistinct<T>(type: z.ZodType<T>, what: string): z.ZodType<T[]> {
  return parsed(oneOrMore(type, what), (values) =>
    new Set(values).size === values.length ? values : new Refusal(`one of the ${what} is named twice`),
  );
}
