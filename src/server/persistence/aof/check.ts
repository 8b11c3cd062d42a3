import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RdbError } from '../rdb/types.js';
import { AofReader } from './aof-reader.js';
import { Manifest, ManifestError } from './manifest.js';

export interface CheckOptions {
  /** Cuts the last file where it stops making sense, once `confirm` has said so. */
  readonly fix: boolean;
  /** Cuts the last file before the first annotation later than this, in seconds since the epoch. */
  readonly truncateTo: number | undefined;
  readonly print: (line: string) => void;
  readonly confirm: (question: string) => Promise<boolean>;
  /** Reads an RDB file; answers where it ends, throws when it is not sound. */
  readonly checkRdb: (path: string) => Promise<number>;
}

/**
 * Checks an append-only file as redis-check-aof does: a manifest with all that it names, or a single file. False when
 * it is not valid, and was not mended.
 */
export async function checkAof(path: string, options: CheckOptions): Promise<boolean> {
  try {
    if (isManifest(path)) await checkParts(path, options);
    else await checkSingle(path, options);
    return true;
  } catch (error) {
    if (!isExpected(error)) throw error;
    options.print(error.message);
    return false;
  }
}

class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

function isExpected(error: unknown): error is Error {
  const known = error instanceof CheckFailure || error instanceof ManifestError || error instanceof RdbError;
  return known || (error instanceof Error && 'syscall' in error);
}

function isManifest(path: string): boolean {
  if (statSync(path).size > LONGEST_MANIFEST) return false;
  return readFileSync(path, 'latin1')
    .split('\n')
    .some((line) => line.startsWith('file'));
}

const LONGEST_MANIFEST = 1024 * 1024;

async function checkParts(path: string, options: CheckOptions): Promise<void> {
  const { print } = options;
  print('Start checking Multi Part AOF');
  const { base, increments, parts } = Manifest.parse(readFileSync(path, 'latin1'));
  for (const [i, part] of parts.entries()) {
    const file = join(dirname(path), part.name);
    const isLast = i === parts.length - 1;
    const kind = part === base ? 'BASE' : 'INCR';
    if (part === base) print(`Start to check BASE AOF (${isRdb(file) ? 'RDB' : 'RESP'} format).`);
    else if (part === increments[0]) print('Start to check INCR files.');
    print(`${kind} AOF ${await new FileCheck(file, part.name, isLast, options).run()}`);
  }
  print('All AOF files and manifest are valid');
}

async function checkSingle(path: string, options: CheckOptions): Promise<void> {
  options.print('Start checking Old-Style AOF');
  options.print(`AOF ${await new FileCheck(path, path, true, options).run()}`);
}

function isRdb(path: string): boolean {
  const head = Buffer.alloc(5);
  const fd = openSync(path, 'r');
  readSync(fd, head, 0, 5, 0);
  closeSync(fd);
  return head.latin1Slice() === 'REDIS';
}

class FileCheck {
  /** Up to where every command, and every transaction, is whole. */
  private valid = 0;
  private inTransaction = false;

  constructor(
    private readonly path: string,
    private readonly name: string,
    private readonly isLast: boolean,
    private readonly options: CheckOptions,
  ) {}

  /** What became of it, as a sentence that begins with its name. */
  async run(): Promise<string> {
    const { size } = statSync(this.path);
    if (size === 0) return `${this.name} is empty`;
    const reader = new AofReader(this.path, isRdb(this.path) ? await this.options.checkRdb(this.path) : 0, true);
    let cutAt: number | undefined;
    try {
      cutAt = this.readAll(reader);
    } finally {
      reader.close();
    }
    if (cutAt !== undefined) return this.truncateToTime(cutAt);
    const { print } = this.options;
    print(`AOF analyzed: filename=${this.name}, size=${size}, ok_up_to=${this.valid}, diff=${size - this.valid}`);
    return size === this.valid ? `${this.name} is valid` : this.mend(size);
  }

  /** The place of the first annotation that is too late, when there is one. */
  private readAll(reader: AofReader): number | undefined {
    this.valid = reader.offset;
    for (;;) {
      const start = reader.offset;
      const entry = reader.next();
      if (entry === 'annotation' && this.isTooLate(reader.text)) return start;
      const problem = entry === 'command' ? this.transactionProblem(reader) : this.problemOf(entry);
      if (problem !== undefined) this.options.print(`0x${start.toString(16).padStart(16)}: ${problem}`);
      if (problem !== undefined || entry === 'end') return undefined;
      if (!this.inTransaction) this.valid = reader.offset;
    }
  }

  private transactionProblem({ args }: AofReader): string | undefined {
    const word = args.word(0);
    if (word !== 'multi' && word !== 'exec') return undefined;
    const begins = word === 'multi';
    if (begins === this.inTransaction) return `Unexpected ${word.toUpperCase()} in AOF ${this.name}`;
    this.inTransaction = begins;
    return undefined;
  }

  private problemOf(entry: 'annotation' | 'end' | 'truncated' | 'malformed'): string | undefined {
    if (entry === 'truncated') return 'Reached EOF within a command';
    if (entry === 'malformed') return 'Format error';
    return entry === 'end' && this.inTransaction ? 'Reached EOF before reading EXEC for MULTI' : undefined;
  }

  private isTooLate(annotation: string): boolean {
    const { truncateTo } = this.options;
    const seconds = /^#TS:(\d+)$/.exec(annotation)?.[1];
    return truncateTo !== undefined && seconds !== undefined && Number(seconds) > truncateTo;
  }

  private truncateToTime(offset: number): string {
    const to = `timestamp ${this.options.truncateTo}`;
    if (offset === 0) throw new CheckFailure(`AOF ${this.name} has nothing before ${to}, aborting...`);
    if (!this.isLast) {
      throw new CheckFailure(`Failed to truncate AOF ${this.name} to ${to}: it is not the last file.`);
    }
    truncateSync(this.path, offset);
    return `${this.name} is truncated to ${to}`;
  }

  private async mend(size: number): Promise<string> {
    const { fix, print, confirm } = this.options;
    if (!fix) throw new CheckFailure(`AOF ${this.name} is not valid. Use the --fix option to try fixing it.`);
    if (!this.isLast) throw new CheckFailure(`Failed to truncate AOF ${this.name} because it is not the last file`);
    const lost = size - this.valid;
    print(`This will shrink the AOF ${this.name} from ${size} bytes, with ${lost} bytes, to ${this.valid} bytes`);
    if (!(await confirm('Continue? [y/N]: '))) throw new CheckFailure('Aborting...');
    truncateSync(this.path, this.valid);
    return `${this.name} is truncated`;
  }
}
