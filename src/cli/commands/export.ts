import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { argument, defineCommand } from '../command.js';
import { configOption } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { readableLine } from '../readable.js';
import type { Terminal } from '../terminal.js';
import { formatOf, formatOption, type TransferFormat, writerOf } from '../transfer/formats.js';
import { Interruption } from '../transfer/interruption.js';
import { entriesOf, type ReadEntry } from '../transfer/map-entries.js';
import { type MapStore, storeOption, withMapStore } from '../transfer/map-store.js';
import { ProgressDisplay } from '../transfer/progress-display.js';

/** `lookupd export`: what a map finds in its store, into a file. */
export const exportCommand = defineCommand({
  name: 'export',
  summary: 'write what a map finds in its store into a file',
  description:
    'Writes every entry that the map could find, in no order, while the store goes on serving others; what is written to it ' +
    'meanwhile may be there or not. The file is there when it is whole: one of that name stays until then. Ends with 1 when ' +
    'entries were left out, since the format cannot say them or they hold another type, and with 75 when the store failed.',
  arguments: {
    map: argument.required('the <id> of [map.<id>]'),
    file: argument.required('the file; "-" for standard output'),
  },
  options: { config: configOption, format: formatOption, store: storeOption },
  examples: [
    { line: 'lookupd export aliases aliases.jsonl', does: 'any bytes, one object per line' },
    { line: 'lookupd export aliases - | sort', does: 'as postmap reads it' },
  ],
  async run({ args, options, terminal }) {
    const format = formatOf(args.file, options.format);
    return await withMapStore({ args, options, terminal }, async (opened) => {
      if (args.file === '-') return await new Export(opened, format, terminal).run(toTerminal(terminal));
      await using target = new TargetFile(args.file);
      const run = new Export(opened, format, terminal);
      const code = await run.run((text) => target.write(text));
      if (code === ExitCode.temporary) return code;
      await target.complete();
      terminal.out.write(`exported ${run.written} ${run.written === 1 ? 'entry' : 'entries'}\n`);
      return code;
    });
  },
});

type Write = (text: Buffer) => Promise<void>;

class Export {
  written = 0;
  readonly #opened: MapStore;
  readonly #format: TransferFormat;
  readonly #terminal: Terminal;
  readonly #display: ProgressDisplay;
  #leftOut = 0;

  constructor(opened: MapStore, format: TransferFormat, terminal: Terminal) {
    this.#opened = opened;
    this.#format = format;
    this.#terminal = terminal;
    this.#display = new ProgressDisplay(terminal, 'exporting');
  }

  async run(write: Write): Promise<ExitCode> {
    using interruption = new Interruption();
    const { map, store, storeConfig } = this.#opened;
    const line = writerOf(this.#format);
    const prefix = 'keyPrefix' in storeConfig ? storeConfig.keyPrefix : '';
    try {
      for await (const entries of entriesOf(map, store, prefix)) {
        const lines = entries.map((entry) => this.#lineOf(entry, line)).filter((text) => text !== undefined);
        await write(Buffer.from(lines.map((text) => `${text}\n`).join(''), 'latin1'));
        this.written += lines.length;
        this.#display.show(this.written);
        if (interruption.requested) return this.#interrupted();
      }
    } finally {
      this.#display.clear();
    }
    return this.#leftOut === 0 ? ExitCode.ok : ExitCode.no;
  }

  #interrupted(): ExitCode {
    this.#display.clear();
    this.#terminal.err.write(`${this.#terminal.err.colors.yellow('lookupd:')} interrupted: this is not everything\n`);
    return ExitCode.temporary;
  }

  #lineOf({ key, value }: ReadEntry, line: ReturnType<typeof writerOf>): string | undefined {
    const text = value === null ? undefined : line(key, value);
    if (text !== undefined) return text;
    this.#leftOut++;
    this.#display.clear();
    const why = value === null ? 'it holds another type' : `the format ${this.#format} cannot say it`;
    this.#terminal.err.write(`${this.#terminal.err.colors.yellow('lookupd:')} left out ${readableLine(key)}: ${why}\n`);
    return undefined;
  }
}

function toTerminal({ out }: Terminal): Write {
  return async (text) => {
    out.write(text);
    await out.drained();
  };
}

/** A file that takes its name when it is whole, and is gone when it never was. */
class TargetFile {
  readonly #path: string;
  readonly #stream: WriteStream;
  #complete = false;

  constructor(path: string) {
    this.#path = path;
    this.#stream = createWriteStream(`${path}.new`, { mode: 0o600 });
    // Told by whoever writes.
    this.#stream.on('error', () => {});
  }

  async write(text: Buffer): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
  }

  async complete(): Promise<void> {
    await this.#end();
    await rename(`${this.#path}.new`, this.#path);
    this.#complete = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#complete) return;
    this.#stream.destroy();
    await rm(`${this.#path}.new`, { force: true });
  }

  #end(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.once('error', reject);
      this.#stream.end(resolve);
    });
  }
}
