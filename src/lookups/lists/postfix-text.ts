import { LogicalLines } from './logical-lines.js';
import {
  type Line,
  type ListRecord,
  type RecordReader,
  trimSpace,
  WHITE_SPACE,
  type WrongLine,
  wrong,
} from './records.js';

/**
 * The text postmap(1) reads: key, white space, value. In quotes, and behind a backslash, white space belongs to
 * the key; the quotes and backslashes do too, as postmap has it, since Postfix asks for quoted addresses with their
 * quotes.
 */
export class PostfixText implements RecordReader {
  readonly #lines = new LogicalLines();

  push(line: Line): ListRecord | undefined {
    return read(this.#lines.push(line));
  }

  end(): ListRecord | undefined {
    return read(this.#lines.end());
  }
}

function read(line: Line | WrongLine | undefined): ListRecord | undefined {
  if (line === undefined || 'kind' in line) return line;
  const end = endOfKey(line.text);
  if (end === -1) return wrong(line, 'a quote is not closed', line.text.indexOf('"') + 1);
  const value = trimSpace(line.text.slice(end));
  if (value === '') return wrong(line, 'expected a key, white space and a value', line.text.length + 1);
  return { kind: 'entry', key: line.text.slice(0, end), value, line };
}

/** Where the white space behind the key starts; -1 when a quote is open to the end. */
function endOfKey(text: string): number {
  let quoted = false;
  let at = 0;
  for (; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && WHITE_SPACE.includes(character)) return at;
  }
  return quoted ? -1 : Math.min(at, text.length);
}

/** An entry as a line of this text; undefined where there is none that means it. */
export function postfixLine(key: string, value: string): string | undefined {
  const line = `${key}\t${value}`;
  const reader = new PostfixText();
  if (/[\n\r]/.test(line) || reader.push({ text: line, number: 1, offset: 0 }) !== undefined) return undefined;
  const record = reader.end();
  return record?.kind === 'entry' && record.key === key && record.value === value ? line : undefined;
}
