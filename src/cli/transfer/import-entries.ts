import { type ListRecord, type RecordReader, type WrongLine, wrong } from '../../lookups/lists/records.js';
import { linesOfStream, type Place } from './lines.js';
import type { MapEntry, MapWriter } from './map-writer.js';

/** Entries, and their bytes, that are sent together. */
const BATCH_ENTRIES = 1_000;
const BATCH_BYTES = 4 * 1_048_576;

export interface ImportOptions {
  readonly chunks: AsyncIterable<Buffer>;
  readonly start: Place;
  readonly reader: RecordReader;
  readonly writer: MapWriter;
  /** Told each line that means nothing; answers whether to go on. */
  readonly onWrong: (line: WrongLine) => boolean;
  /** Told after each batch, when everything before the place is written; answers whether to go on. */
  readonly onWritten: (entries: number, place: Place) => boolean;
}

/** Reads, and writes batch by batch: one is under way at a time. True when it came to the end. */
export async function importEntries(options: ImportOptions): Promise<boolean> {
  const run = new ImportRun(options);
  for await (const lines of linesOfStream(options.chunks, options.start)) {
    for (const line of lines) {
      if (!(await run.take(options.reader.push(line)))) return false;
    }
  }
  return (await run.take(options.reader.end())) && (await run.flush(undefined));
}

class ImportRun {
  readonly #options: ImportOptions;
  #batch: MapEntry[] = [];
  #bytes = 0;
  #written = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** Answers whether to go on. */
  async take(record: ListRecord | undefined): Promise<boolean> {
    if (record === undefined) return true;
    const place = { offset: record.line.offset, line: record.line.number };
    // A record is only known to be whole when it is there: what stands before it is what a batch may end with.
    if (this.#batch.length >= BATCH_ENTRIES || this.#bytes >= BATCH_BYTES) {
      if (!(await this.flush(place))) return false;
    }
    if (record.kind === 'wrong') return await this.#refuse(record, place);
    const { key, value, line } = record;
    const entry = this.#options.writer.entry(Buffer.from(key, 'latin1'), Buffer.from(value, 'latin1'));
    if (entry === undefined) return await this.#refuse(wrong(line, 'the map would never look for this key'), place);
    this.#batch.push(entry);
    this.#bytes += key.length + value.length;
    return true;
  }

  /** Writes what was taken; everything before `place` is written then. */
  async flush(place: Place | undefined): Promise<boolean> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#options.writer.write(batch);
    this.#written += batch.length;
    return place === undefined ? this.#end() : this.#options.onWritten(this.#written, place);
  }

  #end(): boolean {
    this.#options.onWritten(this.#written, END);
    return true;
  }

  async #refuse(line: WrongLine, place: Place): Promise<boolean> {
    if (this.#options.onWrong(line)) return true;
    await this.flush(place);
    return false;
  }
}

/** Behind everything. */
export const END: Place = { offset: Number.POSITIVE_INFINITY, line: Number.POSITIVE_INFINITY };
