import { type DocumentNode, namedIn, type Position, type Scalar, type Table } from './document.js';
import { nearest } from './suggestion.js';

/**
 * The lines of a file as problems may show them: every secret written into the file is replaced by `***`.
 * Secret is the value of a key that is named like one (also when misspelt), the credentials of a URL and
 * a PEM text. Where the file could not be read, or in a comment, more is hidden rather than less: from
 * the first suspicious word to the end of the line.
 */
export interface Excerpt {
  readonly text: string;
  /** Where the caret belongs in `text`, from 1. */
  readonly column: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const HIDDEN = '***';
const SECRET_NAME = /pass|secret|token|credential|auth|private/i;
/** A value that says where the secret is, not what. */
const MACROS_ONLY = /^(%\{[^}]*\}%)+$/;
/** A quoted key, `=` and all that follows. */
const SECRET_ASSIGNMENT = /([\w-]*(?:pass|secret|token|credential|auth|private)[\w-]*["']?\s*[=:]\s*).*$/i;
const ASSIGNMENT = /^(\s*(?:.*[{,]\s*)?["']?([\w-]+)["']?\s*=\s*).*$/;

export class Excerpts {
  readonly #lines: readonly string[];
  readonly #starts: readonly number[];
  readonly #text: string;
  readonly #scalars: readonly Span[] = [];
  readonly #secrets: readonly Span[] = [];
  readonly #unread: ReadonlySet<number> | undefined;

  /** With `unread` the text is not wholly TOML: these lines stand inside of values that could not be read. */
  constructor(text: string, document: Table, unread?: ReadonlySet<number>) {
    this.#text = text;
    this.#lines = text.split(/\r?\n/);
    this.#starts = lineStarts(text);
    this.#unread = unread;
    const scalars = [...scalarsOf(document)];
    this.#scalars = scalars.map(({ scalar }) => this.#span(scalar));
    this.#secrets = scalars.flatMap(({ name, scalar }) => this.#secretsOf(name, scalar));
  }

  /** Undefined when there is no such line, or an empty one. */
  at(position: Position): Excerpt | undefined {
    const line = this.#lines[position.line - 1];
    if (line === undefined || line.trim() === '') return undefined;
    const start = this.#starts[position.line - 1]!;
    if (this.#insideUnparsedText(position.line, start, line)) return { text: HIDDEN, column: 1 };
    const spans = within(this.#secrets, start, start + line.length);
    const told = replaceSpans(line, spans, position.column);
    const rest = line.length - this.#endOfValues(start, line);
    return hideTail(told, rest);
  }

  #span(scalar: Scalar): Span {
    const start = this.#starts[scalar.at.line - 1]! + scalar.at.column - 1;
    return { start, end: start + scalar.source.length };
  }

  #secretsOf(name: string, scalar: Scalar): Span[] {
    const { start, end } = this.#span(scalar);
    if (typeof scalar.value === 'string' && MACROS_ONLY.test(scalar.value)) return [];
    if (typeof scalar.value !== 'string') return isSecretName(name) ? [{ start, end }] : [];
    const quote = /^("""|'''|"|')/.exec(scalar.source)![0].length;
    if (isSecretName(name) || scalar.value.includes('-----BEGIN')) return [{ start: start + quote, end: end - quote }];
    const inner = scalar.source.slice(quote, -quote);
    return credentialsOf(inner).map((span) => ({ start: start + quote + span.start, end: start + quote + span.end }));
  }

  /** Where on this line the last value ends: behind it stands punctuation or a comment. */
  #endOfValues(start: number, line: string): number {
    const ends = within(this.#scalars, start, start + line.length).map((span) => span.end);
    return Math.max(0, ...ends);
  }

  /** Whether a text of several lines is open at the start of the line, as far as can be told. */
  #insideUnparsedText(number: number, start: number, line: string): boolean {
    if (this.#unread === undefined) return false;
    if (this.#unread.has(number)) return true;
    if (within(this.#scalars, start, start + line.length).length > 0) return false;
    const quotes = this.#text.slice(0, start).match(/"""|'''/g);
    return quotes !== null && quotes.length % 2 === 1;
  }
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map((newline) => newline.index + 1)];
}

function* scalarsOf(node: DocumentNode, name = ''): Generator<{ name: string; scalar: Scalar }> {
  if (node.kind === 'scalar') yield { name, scalar: node };
  else if (node.kind === 'list') for (const item of node.items) yield* scalarsOf(item, name);
  else if (node.kind === 'table') for (const [key, entry] of namedIn(node)) yield* scalarsOf(entry.value, key);
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || nearest(name, ['password']) !== undefined;
}

/** `user:password` of a URL, and `?pass=…` of a unix socket's. */
function credentialsOf(text: string): Span[] {
  const scheme = text.indexOf('://');
  const at = text.lastIndexOf('@');
  const pass = /[?&]pass(word)?=/i.exec(text);
  const spans: Span[] = [];
  if (scheme !== -1 && at > scheme) spans.push({ start: scheme + 3, end: at });
  if (pass !== null && (spans.length === 0 || pass.index >= at)) {
    spans.push({ start: pass.index + pass[0].length, end: text.length });
  }
  return spans;
}

/** The parts of the spans that lie on a line, counted from its start. */
function within(spans: readonly Span[], start: number, end: number): Span[] {
  return spans
    .filter((span) => span.start < end && span.end > start)
    .map((span) => ({ start: Math.max(span.start, start) - start, end: Math.min(span.end, end) - start }));
}

function replaceSpans(line: string, spans: readonly Span[], column: number): Excerpt {
  let text = '';
  let done = 0;
  let caret = column;
  for (const { start, end } of spans) {
    text += line.slice(done, start) + HIDDEN;
    if (column - 1 >= end) caret += HIDDEN.length - (end - start);
    else if (column - 1 > start) caret -= column - 1 - start;
    done = end;
  }
  return { text: text + line.slice(done), column: caret };
}

/** Hides what looks like a secret in the last `length` characters, where no value was parsed. */
function hideTail(excerpt: Excerpt, length: number): Excerpt {
  const start = excerpt.text.length - length;
  const tail = hideUnparsed(excerpt.text.slice(start));
  const text = excerpt.text.slice(0, start) + tail;
  return { text, column: Math.min(excerpt.column, text.length + 1) };
}

function hideUnparsed(text: string): string {
  const assigned = ASSIGNMENT.exec(text);
  if (assigned !== null && isSecretName(assigned[2]!)) return `${assigned[1]}${HIDDEN}`;
  return text
    .replace(SECRET_ASSIGNMENT, `$1${HIDDEN}`)
    .replace(/:\/\/.*@/, `://${HIDDEN}@`)
    .replace(/([?&]pass(?:word)?=).*$/i, `$1${HIDDEN}`);
}
