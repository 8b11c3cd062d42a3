import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { configOption } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printJson } from '../json.js';
import { jsonOption, warnOfMemory } from '../store-access.js';
import type { Terminal } from '../terminal.js';
import { ttlOption } from '../time.js';
import { formatOf, formatOption, parseSeparator, readerOf, type TransferFormat } from '../transfer/formats.js';
import { END, importEntries } from '../transfer/import-entries.js';
import { Interruption } from '../transfer/interruption.js';
import { type Place, START } from '../transfer/lines.js';
import { type MapStore, storeOption, withMapStore } from '../transfer/map-store.js';
import { MapWriter } from '../transfer/map-writer.js';
import { ProgressDisplay } from '../transfer/progress-display.js';
import { ProgressFile } from '../transfer/progress-file.js';
import { WrongLines } from '../transfer/wrong-lines.js';

/** `lookupd import`: a file's entries into a map's store. */
export const importCommand = defineCommand({
  name: 'import',
  summary: "write a file's entries into the store of a map",
  description:
    'Writes entries where the map looks for them: through its templates, its case folding and its operation. Entries that are ' +
    'there are overwritten, others stay. It may be interrupted, and be run again from the start or, with --resume, from where it ' +
    'came to: FILE.import-progress tells. At a line that means nothing it stops, with 65, after it wrote what stands before; with ' +
    '--skip-wrong it goes on, and ends with 1. Ends with 75 when it was interrupted or the store failed.',
  arguments: {
    map: argument.required('the <id> of [map.<id>]'),
    file: argument.required('the file; "-" for standard input'),
  },
  options: {
    config: configOption,
    format: formatOption,
    separator: option.parsed(
      '--separator <character>',
      parseSeparator,
      'csv: what separates columns, by default a comma',
    ),
    skipFirst: option.flag('--skip-first', 'csv: the first row names the columns'),
    skipWrong: option.flag('--skip-wrong', 'go on after lines that mean nothing'),
    resume: option.flag('--resume', 'go on where an import of this file was stopped'),
    ttl: ttlOption,
    store: storeOption,
    json: jsonOption,
  },
  examples: [
    { line: 'lookupd import aliases /etc/postfix/virtual', does: 'what postmap would read' },
    { line: 'postmap -s hash:/etc/postfix/virtual | lookupd import aliases -', does: 'what postmap has made of it' },
    { line: 'lookupd import users users.csv --skip-first --skip-wrong', does: 'the first two columns' },
    { line: 'lookupd import aliases huge.jsonl --resume', does: 'goes on after an interruption' },
  ],
  async run({ args, options, terminal }) {
    if (args.file === '-' && options.config === '-')
      throw new UsageError('standard input cannot be the configuration and the data too');
    if (args.file === '-' && options.resume) throw new UsageError('standard input cannot be resumed');
    if (args.file !== '-') await checkReadable(args.file);
    return await withMapStore({ args, options, terminal }, async (opened) => {
      const { operation } = opened.map;
      if (options.ttl !== undefined && (operation === 'hget' || operation === 'member'))
        throw new UsageError(`--ttl is for whole keys: the map's operation is ${operation}`);
      warnOfMemory(opened.storeConfig, terminal);
      const format = formatOf(args.file, options.format);
      return await new Import(args.file, { ...options, format }, opened, terminal).run();
    });
  },
});

async function checkReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`cannot read ${file}: ${missing ? 'there is no such file' : 'permission denied'}`);
  }
}

interface ImportSettings {
  readonly format: TransferFormat;
  readonly separator: string | undefined;
  readonly skipFirst: boolean;
  readonly skipWrong: boolean;
  readonly resume: boolean;
  readonly ttl: number | undefined;
  readonly json: boolean;
}

/** How often the progress is written down, in milliseconds. */
const KEEP_EVERY = 1_000;

class Import {
  readonly #file: string;
  readonly #settings: ImportSettings;
  readonly #opened: MapStore;
  readonly #terminal: Terminal;
  readonly #wrong: WrongLines;
  readonly #display: ProgressDisplay;
  readonly #progress: ProgressFile | undefined;
  #entries = 0;
  #place: Place = START;
  #keptAt = performance.now();

  constructor(file: string, settings: ImportSettings, opened: MapStore, terminal: Terminal) {
    this.#file = file;
    this.#settings = settings;
    this.#opened = opened;
    this.#terminal = terminal;
    this.#wrong = new WrongLines(file === '-' ? '<standard input>' : file, terminal);
    this.#display = new ProgressDisplay(terminal, 'importing');
    this.#progress = file === '-' ? undefined : new ProgressFile(file, opened.map.id, opened.store.name);
  }

  async run(): Promise<ExitCode> {
    using interruption = new Interruption();
    const start = this.#settings.resume ? (this.#progress?.read() ?? START) : START;
    this.#place = start;
    let complete = false;
    try {
      complete = await this.#import(start, interruption);
    } finally {
      this.#display.clear();
      if (complete) this.#progress?.remove();
      else this.#keep();
    }
    return this.#conclude(complete, start, interruption);
  }

  async #import(start: Place, interruption: Interruption): Promise<boolean> {
    const { separator, skipFirst, skipWrong, format, ttl } = this.#settings;
    const { map, store, storeConfig } = this.#opened;
    const size = this.#file === '-' ? undefined : (await stat(this.#file)).size;
    return await importEntries({
      chunks: this.#chunks(start),
      start,
      reader: readerOf(format, { separator, skipFirst: skipFirst && start.offset === 0 }),
      writer: new MapWriter(map, store, storeConfig, ttl),
      onWrong: (line) => {
        this.#display.clear();
        this.#wrong.add(line);
        return skipWrong;
      },
      onWritten: (entries, place) => {
        this.#entries = entries;
        if (place !== END) this.#place = place;
        this.#display.show(entries, size === undefined ? undefined : place.offset / size);
        if (performance.now() - this.#keptAt > KEEP_EVERY) this.#keep();
        return !interruption.requested;
      },
    });
  }

  #chunks(start: Place): AsyncIterable<Buffer> {
    if (this.#file !== '-') return createReadStream(this.#file, { start: start.offset, highWaterMark: CHUNK });
    return bytesOf(this.#terminal.input as AsyncIterable<string | Buffer>);
  }

  /** Where it stands, for --resume. */
  #keep(): void {
    this.#keptAt = performance.now();
    if (this.#progress === undefined || this.#place.offset === 0) return;
    if (!this.#progress.write(this.#place)) this.#keptAt = Number.POSITIVE_INFINITY;
  }

  #conclude(complete: boolean, start: Place, { requested }: Interruption): ExitCode {
    const { out, err } = this.#terminal;
    const [imported, skipped] = [this.#entries, this.#wrong.count];
    const { id } = this.#opened.map;
    if (this.#settings.json) printJson(out, { map: id, imported, wrong: skipped, complete, from: start.line });
    else {
      const from = start.offset === 0 ? '' : ` from line ${start.line} on`;
      const wrong = skipped === 0 ? '' : `, ${skipped} ${skipped === 1 ? 'line' : 'lines'} wrong`;
      out.write(`imported ${imported} ${imported === 1 ? 'entry' : 'entries'}${from}${wrong}\n`);
    }
    if (complete) return skipped === 0 ? ExitCode.ok : ExitCode.no;
    if (requested) {
      const again = this.#progress === undefined ? 'run it again' : 'run it again with --resume';
      err.write(`${err.colors.yellow('lookupd:')} interrupted before line ${this.#place.line}: ${again}\n`);
      return ExitCode.temporary;
    }
    return ExitCode.permanent;
  }
}

const CHUNK = 262_144;

async function* bytesOf(chunks: AsyncIterable<string | Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
