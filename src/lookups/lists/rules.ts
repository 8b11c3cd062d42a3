import { LogicalLines } from './logical-lines.js';
import { type Line, trimSpace, WHITE_SPACE, type WrongLine, wrong } from './records.js';

/**
 * Tables of rules as cidr_table(5), regexp_table(5) and pcre_table(5) write them: `pattern result`, `!pattern result`,
 * and `if pattern` (or `if !pattern`) to `endif` around rules that hold under a condition only. The order counts: the
 * first rule that matches answers. What a pattern is, its reader tells.
 */
export type Rule<P> = Match<P> | Block<P>;

export interface Match<P> {
  readonly kind: 'match';
  readonly pattern: P;
  readonly negated: boolean;
  /** One character per byte, not empty. */
  readonly result: string;
}

/** A rule and where it stands. */
export interface ReadRule<P> {
  readonly kind: 'rule';
  readonly rule: Match<P>;
  readonly line: Line;
}

export interface Block<P> {
  readonly kind: 'block';
  readonly condition: P;
  readonly negated: boolean;
  readonly rules: readonly Rule<P>[];
}

/** A pattern that starts at `from`, and where it ends; or what is wrong with it, and where. */
export type PatternReader<P> = (text: string, from: number) => PatternRead<P> | PatternFault;

export interface PatternRead<P> {
  readonly pattern: P;
  readonly end: number;
}

export interface PatternFault {
  readonly message: string;
  readonly at: number;
}

/** Blocks in blocks: a lookup goes down as deep. */
const DEEPEST = 32;

export class RuleReader<P> {
  readonly rules: Rule<P>[] = [];
  readonly #lines = new LogicalLines();
  readonly #readPattern: PatternReader<P>;
  readonly #results = new Map<string, string>();
  readonly #open: { readonly rules: Rule<P>[]; readonly line: Line }[] = [];

  constructor(readPattern: PatternReader<P>) {
    this.#readPattern = readPattern;
  }

  /** Answers the rule that is complete now, or what is wrong with it; nothing for a condition. */
  push(line: Line): ReadRule<P> | WrongLine | undefined {
    return this.#take(this.#lines.push(line));
  }

  end(): ReadRule<P> | WrongLine | undefined {
    const last = this.#take(this.#lines.end());
    const unclosed = this.#open.at(-1);
    return unclosed !== undefined && last?.kind !== 'wrong' ? wrong(unclosed.line, 'this "if" has no "endif"') : last;
  }

  #take(line: Line | WrongLine | undefined): ReadRule<P> | WrongLine | undefined {
    if (line === undefined || 'kind' in line) return line;
    const keyword = /^(if|endif)(?![a-z0-9])/i.exec(line.text)?.[1]?.toLowerCase();
    if (keyword === 'if') return this.#openBlock(line);
    return keyword === 'endif' ? this.#closeBlock(line) : this.#match(line);
  }

  #match(line: Line): ReadRule<P> | WrongLine {
    const read = this.#read(line, 0);
    if ('message' in read) return wrong(line, read.message, read.at + 1);
    const { pattern, negated, end } = read;
    const result = trimSpace(line.text.slice(end));
    if (result === '') return wrong(line, 'the rule has no result', line.text.length + 1);
    const rule: Match<P> = { kind: 'match', pattern, negated, result: this.#onlyOnce(result) };
    this.#current.push(rule);
    return { kind: 'rule', rule, line };
  }

  #openBlock(line: Line): WrongLine | undefined {
    const read = this.#read(line, 2);
    if ('message' in read) return wrong(line, read.message, read.at + 1);
    if (trimSpace(line.text.slice(read.end)) !== '') return wrong(line, 'a condition has no result', read.end + 1);
    if (this.#open.length >= DEEPEST) return wrong(line, `more than ${DEEPEST} conditions in one another`);
    const rules: Rule<P>[] = [];
    this.#current.push({ kind: 'block', condition: read.pattern, negated: read.negated, rules });
    this.#open.push({ rules, line });
    return undefined;
  }

  #closeBlock(line: Line): WrongLine | undefined {
    if (trimSpace(line.text).length > 'endif'.length) return wrong(line, 'nothing stands behind "endif"', 6);
    return this.#open.pop() === undefined ? wrong(line, 'this "endif" has no "if"') : undefined;
  }

  /** Most rules of a table have one of few results; and a part of a line would keep the line. */
  #onlyOnce(result: string): string {
    const known = this.#results.get(result);
    if (known !== undefined) return known;
    this.#results.set(result, result);
    return result;
  }

  get #current(): Rule<P>[] {
    return this.#open.at(-1)?.rules ?? this.rules;
  }

  /** `!`, which may be repeated and takes itself back, and the pattern. */
  #read({ text }: Line, from: number): (PatternRead<P> & { readonly negated: boolean }) | PatternFault {
    let negated = false;
    let at = from;
    for (; at < text.length; at++) {
      if (text[at] === '!') negated = !negated;
      else if (!WHITE_SPACE.includes(text[at] as string)) break;
    }
    if (at === text.length) return { message: 'expected a pattern', at };
    const read = this.#readPattern(text, at);
    return 'message' in read ? read : { ...read, negated };
  }
}
