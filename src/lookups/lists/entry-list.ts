import { found, notFound, type Outcome } from '../../core/outcome.js';
import { foldCase } from '../fold.js';
import { type EntryTable, EntryTableBuilder } from './entry-table.js';
import { errorOf, type ListCompiler, type LoadedList, type Notice } from './loaded-list.js';
import type { Line, ListRecord, RecordReader } from './records.js';

export interface EntryListOptions {
  readonly foldCase: boolean;
  /** Bytes of key and value together. */
  readonly largestEntry: number;
  /** A key that stands there twice: its first value, with a warning, as postmap does; or its last. */
  readonly repeated: 'first' | 'last';
  readonly expected: { readonly entries: number; readonly bytes: number };
}

/** A list of keys and values, in whatever text its reader reads. */
export class EntryListCompiler implements ListCompiler {
  readonly #reader: RecordReader;
  readonly #options: EntryListOptions;
  readonly #table: EntryTableBuilder;

  constructor(reader: RecordReader, options: EntryListOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#table = new EntryTableBuilder(options.expected);
  }

  get entries(): number {
    return this.#table.size;
  }

  push(line: Line): Notice | undefined {
    return this.#take(this.#reader.push(line));
  }

  end(): Notice | undefined {
    return this.#take(this.#reader.end());
  }

  build(): LoadedList {
    return new EntryList(this.#table.build(), this.#options.foldCase);
  }

  #take(record: ListRecord | undefined): Notice | undefined {
    if (record === undefined) return undefined;
    if (record.kind === 'wrong') return errorOf(record);
    const { line, value } = record;
    const key = this.#options.foldCase ? foldText(record.key) : record.key;
    const { largestEntry, repeated } = this.#options;
    if (key.length + value.length > largestEntry) {
      return { severity: 'error', line, column: 1, message: `the entry has more than ${largestEntry} bytes` };
    }
    const isNew = this.#table.add(key, value, repeated === 'last');
    if (isNew || repeated === 'last') return undefined;
    return { severity: 'warning', line, column: 1, message: 'the key stood there before: that one is found' };
  }
}

class EntryList implements LoadedList {
  readonly #table: EntryTable;
  readonly #foldCase: boolean;

  constructor(table: EntryTable, fold: boolean) {
    this.#table = table;
    this.#foldCase = fold;
  }

  get entries(): number {
    return this.#table.size;
  }

  get byteLength(): number {
    return this.#table.byteLength;
  }

  find(key: Buffer): Outcome {
    const value = this.#table.get(this.#foldCase ? foldCase(key) : key);
    return value === undefined ? notFound : found(value);
  }
}

/** The same for a text of one character per byte. */
export function foldText(key: string): string {
  return /[A-Z\x80-\xff]/.test(key) ? foldCase(Buffer.from(key, 'latin1')).latin1Slice() : key;
}
