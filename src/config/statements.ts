import type { Position } from './document.js';

/**
 * Cuts a text that is no TOML into its statements (headers, and keys with their values), so that each can be
 * read for itself. A value goes on over several lines while a bracket or a text in three quotes is open. A bracket
 * that is never closed ends where a line looks like the next statement; a text, which may be a secret and hold
 * such lines, before the next header.
 */
export interface Statement {
  /** Whole lines. */
  readonly text: string;
  /** The number of its first line. */
  readonly line: number;
  /** The innermost bracket, or the three quotes, that it leaves open. */
  readonly open: Opening | undefined;
}

interface Opening {
  readonly what: '[' | '{' | '"""' | "'''";
  readonly at: Position;
}

const KEY = String.raw`(?:[\w-]+|"[^"\n]*"|'[^'\n]*')`;
const PATH = String.raw`${KEY}(?:[ \t]*\.[ \t]*${KEY})*`;
/** Not `["a"]` or `[1]`, which may be a list inside of a list. */
const HEADER = new RegExp(String.raw`^[ \t]*\[\[?[ \t]*[a-z]${PATH}[ \t]*\]\]?[ \t]*(?:#.*)?\s*$`, 'i');
/** Not the last line of base64, which ends with "=". */
const ASSIGNMENT = new RegExp(String.raw`^[ \t]*${PATH}[ \t]*=[ \t]*[^\s=]`);

/** The key a statement begins with, dots included; undefined when it begins with something else. */
export function leadingPath(text: string): string | undefined {
  return new RegExp(String.raw`^[ \t]*(${PATH})`).exec(text)?.[1];
}

export function* statementsOf(text: string): Generator<Statement> {
  const lines = text.split(/(?<=\n)/);
  for (let first = 0; first < lines.length; ) {
    const scanner = new Scanner(lines, first);
    const end = scanner.end();
    const statement = lines.slice(first, end).join('');
    if (statement.trim() !== '') yield { text: statement, line: first + 1, open: scanner.opening };
    first = end;
  }
}

/** Finds where a statement ends. */
class Scanner {
  readonly #brackets: Opening[] = [];
  #quotes: Opening | undefined;

  constructor(
    private readonly lines: readonly string[],
    private readonly first: number,
  ) {}

  get opening(): Opening | undefined {
    return this.#quotes ?? this.#brackets.at(-1);
  }

  /** The index of the line after it. */
  end(): number {
    for (let index = this.first; index < this.lines.length; index++) {
      const line = this.lines[index]!;
      if (index > this.first && this.#mustEndBefore(line)) return index;
      this.#scan(line, index);
      if (this.opening === undefined) return index + 1;
    }
    return this.#quotes === undefined ? this.lines.length : this.#endOfUnclosedText();
  }

  #mustEndBefore(line: string): boolean {
    if (this.#quotes !== undefined) return false;
    return HEADER.test(line) || (this.opening?.what === '[' && ASSIGNMENT.test(line));
  }

  #endOfUnclosedText(): number {
    const start = this.#quotes!.at.line;
    const next = this.lines.findIndex((line, index) => index >= start && HEADER.test(line));
    return next === -1 ? this.lines.length : next;
  }

  #scan(line: string, index: number): void {
    for (let i = 0; i < line.length; ) {
      if (this.#quotes !== undefined) {
        const close = closeOf(line, i, this.#quotes.what);
        if (close === -1) return;
        this.#quotes = undefined;
        i = close;
        continue;
      }
      const char = line[i]!;
      const at = { line: index + 1, column: i + 1 };
      if (char === '#') return;
      if (char === '[' || char === '{') this.#brackets.push({ what: char, at });
      else if (char === ']' || char === '}') this.#brackets.pop();
      else if (line.startsWith('"""', i) || line.startsWith("'''", i)) {
        this.#quotes = { what: line.slice(i, i + 3) as Opening['what'], at };
        i += 2;
      } else if (char === '"' || char === "'") i = endOfText(line, i, char);
      i++;
    }
  }
}

/** Behind the three quotes that end a text; -1 when they are not in this line. */
function closeOf(line: string, from: number, quotes: string): number {
  for (let i = from; i < line.length; i++) {
    if (quotes === '"""' && line[i] === '\\') i++;
    // Up to two quotes more belong to the text.
    else if (line.startsWith(quotes, i)) return i + /^(["'])\1{2,4}/.exec(line.slice(i))![0].length;
  }
  return -1;
}

/** The quote that ends a text of one line, or the line's end. */
function endOfText(line: string, start: number, quote: string): number {
  for (let i = start + 1; i < line.length; i++) {
    if (quote === '"' && line[i] === '\\') i++;
    else if (line[i] === quote) return i;
  }
  return line.length;
}
