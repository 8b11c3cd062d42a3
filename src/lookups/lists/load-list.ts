import type { ListConfig } from '../../config/model.js';
import { CidrListCompiler } from './cidr-list.js';
import { Csv } from './csv.js';
import { EntryListCompiler } from './entry-list.js';
import type { ListCompiler, LoadedList, Notice } from './loaded-list.js';
import { PlainList } from './plain-list.js';
import { PostfixText } from './postfix-text.js';
import { linesOf, type RecordReader } from './records.js';
import { RegexpListCompiler } from './regexp-list.js';

/** A text that has been read to its end. */
export interface ListReading {
  readonly list: LoadedList;
  /** What there is to say about its lines, the first few, errors before warnings. Entries with an error are left out. */
  readonly notices: readonly Notice[];
  readonly errors: number;
}

/** The text as a whole is no list: nothing of it is used. */
export class ListRefused extends Error {
  override readonly name = 'ListRefused';
}

/** Lines that are told about. */
const MOST_NOTICES = 20;

/** What reading may take of the event loop at a time, in milliseconds, and the lines after which it looks. */
const SLICE = 5;
const LINES_PER_LOOK = 256;

/**
 * Reads a list. Lookups go on meanwhile: it stops for a moment again and again, and until it is done nobody sees
 * any of it. Rejects with ListRefused past a limit, and with the signal's reason.
 */
export async function loadList(bytes: Buffer, config: ListConfig, signal?: AbortSignal): Promise<ListReading> {
  const { size, entries } = config.limits;
  if (bytes.length > size) throw new ListRefused(`it has more than ${size} bytes`);
  const compiler = compilerFor(config, bytes);
  const notices = new Notices();
  let sliceEnd = performance.now() + SLICE;
  for (const line of linesOf(bytes)) {
    notices.add(compiler.push(line));
    if (compiler.entries > entries) throw new ListRefused(`it has more than ${entries} entries`);
    if (line.number % LINES_PER_LOOK === 0 && performance.now() > sliceEnd) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      sliceEnd = performance.now() + SLICE;
    }
  }
  notices.add(compiler.end());
  if (compiler.entries > entries) throw new ListRefused(`it has more than ${entries} entries`);
  return { list: compiler.build(), notices: notices.kept, errors: notices.errors };
}

function compilerFor(config: ListConfig, text: Buffer): ListCompiler {
  switch (config.format) {
    case 'cidr':
      return new CidrListCompiler();
    case 'regexp':
      return new RegexpListCompiler();
    case 'postfix':
      return entryList(config, text, new PostfixText());
    case 'list':
      return entryList(config, text, new PlainList());
    case 'csv': {
      const { keyColumn: key, valueColumn: value, separator, skipFirst } = config;
      return entryList(config, text, new Csv({ key, value, separator, skipFirst }));
    }
  }
}

function entryList(config: ListConfig, text: Buffer, reader: RecordReader): ListCompiler {
  return new EntryListCompiler(reader, {
    foldCase: config.foldCase,
    largestEntry: config.limits.entrySize,
    repeated: config.format === 'postfix' ? 'first' : 'last',
    expected: { entries: Math.min(linesExpected(text), config.limits.entries), bytes: text.length },
  });
}

/** As many as if all were like those in its middle. */
function linesExpected(text: Buffer): number {
  const middle = text.subarray(text.indexOf(LF, text.length >>> 1) + 1);
  let lines = 0;
  let sample = 0;
  for (const line of linesOf(middle)) {
    sample = line.offset + line.text.length + 1;
    if (++lines === SAMPLE) break;
  }
  return sample === 0 ? 0 : Math.ceil((text.length / sample) * lines);
}

const LF = 0x0a;
const SAMPLE = 1_000;

class Notices {
  errors = 0;
  readonly #errors: Notice[] = [];
  readonly #warnings: Notice[] = [];

  add(notice: Notice | undefined): void {
    if (notice === undefined) return;
    if (notice.severity === 'error') this.errors++;
    const kept = notice.severity === 'error' ? this.#errors : this.#warnings;
    if (kept.length < MOST_NOTICES) kept.push(notice);
  }

  get kept(): readonly Notice[] {
    return [...this.#errors, ...this.#warnings].slice(0, MOST_NOTICES);
  }
}
