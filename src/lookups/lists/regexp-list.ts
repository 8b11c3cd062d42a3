import { isUtf8 } from 'node:buffer';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { found, notFound, type Outcome, permanent } from '../../core/outcome.js';
import { errorOf, type ListCompiler, type LoadedList, type Notice } from './loaded-list.js';
import { type Line, type WrongLine, wrong } from './records.js';
import { compileResult, type KeyEncoding, type ResultTemplate } from './regexp-result.js';
import { type Match, type PatternReader, type ReadRule, type Rule, RuleReader } from './rules.js';

/**
 * Regular expressions in the manner of regexp_table(5) and pcre_table(5), matched by RE2: in time that grows with the
 * key and not with what a pattern makes of it, so no pattern and no key can hang the daemon. For that there are no
 * look-around and no back references. Where several alternatives match, the first one does, as in pcre_table.
 */
export class RegexpListCompiler implements ListCompiler {
  readonly #reader = new RuleReader(readPattern);
  readonly #results = new Map<Match<Pattern>, ResultTemplate>();

  get entries(): number {
    return this.#results.size;
  }

  push(line: Line): Notice | undefined {
    return this.#take(this.#reader.push(line));
  }

  end(): Notice | undefined {
    return this.#take(this.#reader.end());
  }

  build(): LoadedList {
    return new RegexpList(this.#reader.rules, this.#results);
  }

  #take(read: ReadRule<Pattern> | WrongLine | undefined): Notice | undefined {
    if (read === undefined) return undefined;
    if (read.kind === 'wrong') return errorOf(read);
    const { rule, line } = read;
    const { result, negated, pattern } = rule;
    if (this.entries >= MOST_PATTERNS) return errorOf(wrong(line, `more than ${MOST_PATTERNS} patterns`));
    const template = compileResult(result, negated ? 0 : pattern.groupCount());
    if (typeof template === 'string') return errorOf(wrong(line, template, line.text.lastIndexOf(result) + 1));
    this.#results.set(rule, template);
    return undefined;
  }
}

/** Each is tried in turn. */
const MOST_PATTERNS = 10_000;
const LONGEST_PATTERN = 2_048;
/** Twice the longest command line of SMTP that Postfix takes. */
const LONGEST_KEY = 4_096;

type Pattern = RE2JS;

class RegexpList implements LoadedList {
  readonly #rules: readonly Rule<Pattern>[];
  readonly #results: ReadonlyMap<Match<Pattern>, ResultTemplate>;

  constructor(rules: readonly Rule<Pattern>[], results: ReadonlyMap<Match<Pattern>, ResultTemplate>) {
    this.#rules = rules;
    this.#results = results;
  }

  get entries(): number {
    return this.#results.size;
  }

  get byteLength(): number {
    return this.entries * PATTERN_BYTES;
  }

  find(key: Buffer): Outcome {
    if (key.length > LONGEST_KEY) return permanent(`keys of more than ${LONGEST_KEY} bytes are not matched`);
    const encoding = isUtf8(key) ? 'utf8' : 'latin1';
    const value = this.#first(this.#rules, key.toString(encoding), encoding);
    return value === undefined ? notFound : found(value);
  }

  #first(rules: readonly Rule<Pattern>[], key: string, encoding: KeyEncoding): Buffer | undefined {
    for (const rule of rules) {
      const pattern = rule.kind === 'match' ? rule.pattern : rule.condition;
      if (pattern.test(key) === rule.negated) continue;
      const value =
        rule.kind === 'match'
          ? this.#results.get(rule)?.fill(pattern, key, encoding)
          : this.#first(rule.rules, key, encoding);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** About what a compiled pattern takes. */
const PATTERN_BYTES = 4_096;

const readPattern: PatternReader<Pattern> = (text, from) => {
  const delimiter = text[from] as string;
  if (/[a-z0-9\\]/i.test(delimiter)) return { message: 'expected a pattern between delimiters, as in /…/', at: from };
  const close = closeOf(text, from + 1, delimiter);
  if (close === -1) return { message: `the pattern is not closed by ${delimiter}`, at: from };
  const written = text.slice(from + 1, close);
  if (written.length > LONGEST_PATTERN)
    return { message: `the pattern has more than ${LONGEST_PATTERN} bytes`, at: from };
  const letters = /^\S*/.exec(text.slice(close + 1))?.[0] ?? '';
  const flags = readFlags(letters);
  if ('message' in flags) return { message: flags.message, at: close + 1 + flags.at };
  try {
    const pattern = RE2JS.compile(flags.wrap(decoded(written)), flags.bits);
    return { pattern, end: close + 1 + letters.length };
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return { message: `no regular expression: ${reasonOf(error)}`, at: from + 1 };
  }
};

/** Without the flags before what is quoted, which nobody wrote. */
function reasonOf({ message }: Error): string {
  return message.replace('error parsing regexp: ', '').replace(/`(?:\(\?[a-zA-Z]+\))+/, '`');
}

/** Patterns are UTF-8 where they can be. */
function decoded(written: string): string {
  const bytes = Buffer.from(written, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : written;
}

/** A backslash takes what follows it along. */
function closeOf(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === delimiter) return at;
  }
  return -1;
}

interface Flags {
  readonly bits: number;
  readonly wrap: (pattern: string) => string;
}

/** Letters turn what is on by default off: `i` (on), `s` (on), `m`, `A` (anchored at the start), `U` (ungreedy). */
function readFlags(letters: string): Flags | { readonly message: string; readonly at: number } {
  const on = new Set(['i', 's']);
  for (const [at, letter] of [...letters].entries()) {
    if (letter === 'x') return { message: 'the flag "x" is not available: RE2 reads extended patterns only', at };
    if (!'imsAUEX'.includes(letter)) return { message: `unknown flag "${letter}"`, at };
    if (!on.delete(letter)) on.add(letter);
  }
  const bits = (on.has('i') ? RE2JS.CASE_INSENSITIVE : 0) | (on.has('s') ? RE2JS.DOTALL : 0);
  // `E` and `X` are how RE2 does it anyway.
  const ungreedy = on.has('U') ? '(?U)' : '';
  const wrap = (pattern: string) => (on.has('A') ? `${ungreedy}\\A(?:${pattern})` : `${ungreedy}${pattern}`);
  return { bits: bits | (on.has('m') ? RE2JS.MULTILINE : 0), wrap };
}
