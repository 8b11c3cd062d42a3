import { type Line, type ListRecord, PRESENT, type RecordReader, trimSpace, wrong } from './records.js';

export interface CsvShape {
  /** The columns, from 0. Without a value column every key has the value "1". */
  readonly key: number;
  readonly value: number | undefined;
  readonly separator: string;
  readonly skipFirst: boolean;
}

/** Quotes that are never closed take no more than this. */
const LONGEST_ROW = 1_048_576;

/**
 * CSV as RFC 4180 has it: a field in quotes may hold separators, line ends and doubled quotes. In quotes a backslash
 * before a quote or a backslash is an escape, as for Stalwart. An empty value is Stalwart's "1"; a row whose key is
 * empty says nothing.
 */
export class Csv implements RecordReader {
  readonly #shape: CsvShape;
  #first = true;
  /** Where the row starts whose quotes are open. */
  #open: Line | undefined;
  #fields: string[] = [];
  #field = '';
  #length = 0;

  constructor(shape: CsvShape) {
    this.#shape = shape;
  }

  push(line: Line): ListRecord | undefined {
    if (this.#open === undefined) {
      if (trimSpace(line.text) === '') return undefined;
    } else this.#field += '\n';
    this.#length += line.text.length + 1;
    if (this.#length > LONGEST_ROW)
      return this.#giveUp(this.#open ?? line, 'the row is too long, or a quote is not closed');
    const start = this.#open ?? line;
    if (this.#read(line.text, this.#open !== undefined)) {
      this.#open = start;
      return undefined;
    }
    const fields = [...this.#fields, this.#field];
    this.#clear();
    return this.#skips() ? undefined : this.#record(start, fields);
  }

  end(): ListRecord | undefined {
    return this.#open === undefined ? undefined : this.#giveUp(this.#open, 'a quote is not closed');
  }

  /** Takes a line's fields; answers whether a quote is open at its end. */
  #read(text: string, quoted: boolean): boolean {
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (quoted && isEscape(character, text[at + 1])) this.#field += text[++at];
      else if (character === '"') quoted = !quoted;
      else if (character === this.#shape.separator && !quoted) {
        this.#fields.push(this.#field);
        this.#field = '';
      } else this.#field += character;
    }
    return quoted;
  }

  #skips(): boolean {
    const first = this.#first;
    this.#first = false;
    return first && this.#shape.skipFirst;
  }

  #giveUp(row: Line, message: string): ListRecord {
    this.#clear();
    this.#first = false;
    return wrong(row, message, row.text.indexOf('"') + 1);
  }

  #clear(): void {
    this.#open = undefined;
    this.#fields = [];
    this.#field = '';
    this.#length = 0;
  }

  #record(line: Line, fields: readonly string[]): ListRecord | undefined {
    const { key: keyColumn, value: valueColumn } = this.#shape;
    const missing = [keyColumn, valueColumn ?? keyColumn].find((column) => column >= fields.length);
    if (missing !== undefined) return wrong(line, `there is no column ${missing}: the row has ${fields.length}`);
    const key = fields[keyColumn] as string;
    if (key === '') return undefined;
    const value = valueColumn === undefined ? '' : (fields[valueColumn] as string);
    return { kind: 'entry', key, value: value === '' ? PRESENT : value, line };
  }
}

function isEscape(character: string, next: string | undefined): boolean {
  if (character === '"') return next === '"';
  return character === '\\' && (next === '"' || next === '\\');
}

/** A row of two columns. */
export function csvRow(key: string, value: string): string {
  return `${csvField(key)},${csvField(value)}`;
}

function csvField(text: string): string {
  const quoted = text === '' || /[",\n\r\\]/.test(text) || trimSpace(text) !== text;
  return quoted ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"` : text;
}
