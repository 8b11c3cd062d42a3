/**
 * What readers of lists share. A reader is given the lines of a text one after the other, so that a file of any
 * size can be read in pieces, and answers entries. Texts have one character per byte: what is not UTF-8 stays what
 * it is, and nothing is decoded that is only copied.
 */
export interface Line {
  /** Without its end. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Of its first byte. */
  readonly offset: number;
}

export interface ListEntry {
  readonly kind: 'entry';
  readonly key: string;
  readonly value: string;
  /** Where it starts. */
  readonly line: Line;
}

/** A line that means nothing. Columns count bytes, from 1. */
export interface WrongLine {
  readonly kind: 'wrong';
  readonly line: Line;
  readonly column: number;
  readonly message: string;
}

export type ListRecord = ListEntry | WrongLine;

/** Each line completes at most one record. */
export interface RecordReader {
  push(line: Line): ListRecord | undefined;
  /** The text is over. */
  end(): ListRecord | undefined;
}

export function wrong(line: Line, message: string, column = 1): WrongLine {
  return { kind: 'wrong', line, column, message };
}

/** What is found of a key without a value of its own: Stalwart's "true". */
export const PRESENT = '1';

/**
 * ASCII's white space. JavaScript's own `trim` and `\s` know more, and would take a byte of a UTF-8 character for a
 * space.
 */
export const WHITE_SPACE = ' \t\n\v\f\r';

export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.includes(text[start] as string)) start++;
  while (end > start && WHITE_SPACE.includes(text[end - 1] as string)) end--;
  return text.slice(start, end);
}

const LF = 0x0a;
const CR = 0x0d;

/** The lines of a text; "\r\n" ends one too. A last line end starts no further line. */
export function* linesOf(bytes: Buffer): Generator<Line> {
  let offset = startOf(bytes);
  for (let number = 1; offset < bytes.length; number++) {
    const found = bytes.indexOf(LF, offset);
    const end = found === -1 ? bytes.length : found;
    const textEnd = end > offset && bytes[end - 1] === CR ? end - 1 : end;
    yield { text: bytes.latin1Slice(offset, textEnd), number, offset };
    offset = end + 1;
  }
}

/** Behind a byte order mark. */
export function startOf(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
