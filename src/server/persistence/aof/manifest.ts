import { splitWords } from '../../../resp/request-decoder.js';
import { quoted } from '../../quoted.js';

/** One file of an append-only file: the base, one of the increments after it, or one that is no longer needed. */
export interface AofPart {
  readonly name: string;
  readonly sequence: number;
}

/** A manifest that says no clear thing; `line` and `text` where it does not. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  constructor(
    message: string,
    readonly line?: number,
    readonly text?: string,
  ) {
    super(message);
  }
}

/**
 * What an append-only file consists of, as the manifest tells: a line for each file, the base first. A value: what
 * changes is a new manifest, which counts once it is on disk.
 */
export class Manifest {
  constructor(
    readonly base: AofPart | undefined = undefined,
    readonly increments: readonly AofPart[] = [],
    readonly history: readonly AofPart[] = [],
    private readonly baseSequence = base?.sequence ?? 0,
    private readonly incrementSequence = increments.at(-1)?.sequence ?? 0,
  ) {}

  /** Nothing was ever written. */
  get isEmpty(): boolean {
    return this.base === undefined && this.increments.length === 0;
  }

  /** The files to read, in order. */
  get parts(): readonly AofPart[] {
    return this.base === undefined ? this.increments : [this.base, ...this.increments];
  }

  /** A base in place of the one there is, which is history. */
  withBase(prefix: string, format: 'rdb' | 'aof'): Manifest {
    const sequence = this.baseSequence + 1;
    const base = { name: `${prefix}.${sequence}.base.${format}`, sequence };
    const history = this.base === undefined ? this.history : [this.base, ...this.history];
    return new Manifest(base, this.increments, history, sequence, this.incrementSequence);
  }

  withIncrement(prefix: string): Manifest {
    const sequence = this.incrementSequence + 1;
    const added = { name: `${prefix}.${sequence}.incr.aof`, sequence };
    return new Manifest(this.base, [...this.increments, added], this.history, this.baseSequence, sequence);
  }

  /** Only the last `kept` increments still matter: the base has what the others say. */
  withoutIncrementsBefore(kept: number): Manifest {
    const from = this.increments.length - kept;
    const history = [...this.increments.slice(0, from).reverse(), ...this.history];
    const left = this.increments.slice(from);
    return new Manifest(this.base, left, history, this.baseSequence, this.incrementSequence);
  }

  withoutHistory(): Manifest {
    return new Manifest(this.base, this.increments, [], this.baseSequence, this.incrementSequence);
  }

  /** An append-only file from before Redis 7, as the base. */
  static ofOldFile(name: string): Manifest {
    return new Manifest({ name, sequence: 1 });
  }

  format(): string {
    const line = (type: string) => (part: AofPart) => `file ${shown(part.name)} seq ${part.sequence} type ${type}\n`;
    const base = this.base === undefined ? [] : [line('b')(this.base)];
    return [...base, ...this.history.map(line('h')), ...this.increments.map(line('i'))].join('');
  }

  static parse(text: string): Manifest {
    if (text === '') throw new ManifestError('Found an empty AOF manifest');
    let base: AofPart | undefined;
    const increments: AofPart[] = [];
    const history: AofPart[] = [];
    for (const { type, part, fail } of readLines(text)) {
      if (type === 'b') {
        if (base !== undefined) fail('Found duplicate base file information');
        base = part;
      } else if (type === 'h') history.push(part);
      else if (type !== 'i') fail('Unknown AOF file type');
      else {
        if (part.sequence <= (increments.at(-1)?.sequence ?? 0)) fail('Found a non-monotonic sequence number');
        increments.push(part);
      }
    }
    return new Manifest(base, increments, history);
  }
}

interface Line {
  readonly type: string;
  readonly part: AofPart;
  readonly fail: (message: string) => never;
}

function* readLines(text: string): Generator<Line> {
  const lines = text.split('\n');
  const unended = lines.pop();
  for (const [i, line] of lines.entries()) if (!line.startsWith('#')) yield readLine(line, i + 1);
  if (unended) throw new ManifestError('The AOF manifest file contains too long line');
}

function readLine(line: string, number: number): Line {
  const text = line.trim();
  const fail = (message: string): never => {
    throw new ManifestError(message, number, text);
  };
  if (line.length >= LONGEST_LINE) throw new ManifestError('The AOF manifest file contains too long line');
  const words = splitWords(text);
  if (words === undefined || words.length < 6 || words.length % 2 === 1) return fail(BAD_FORMAT);
  const values = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) values.set(words[i]!.toLowerCase(), words[i + 1]!);
  const name = values.get('file') ?? '';
  const sequence = Number.parseInt(values.get('seq') ?? '0', 10);
  const type = (values.get('type') ?? '').slice(0, 1);
  if (/[/\\]/.test(name)) fail("File can't be a path, just a filename");
  if (name === '' || !(sequence > 0) || type === '') fail(BAD_FORMAT);
  return { type, part: { name, sequence }, fail };
}

const BAD_FORMAT = 'Invalid AOF manifest file format';
const LONGEST_LINE = 1024;

function shown(name: string): string {
  return /[^!-~]|["'\\]/.test(name) ? quoted(name) : name;
}
