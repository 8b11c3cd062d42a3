import type { Args } from '../../../resp/args.js';
import { idText, type StreamId } from '../../data/stream-id.js';
import type { StreamTrim, StreamValue } from '../../data/stream-value.js';
import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { readId } from './arguments.js';

/** MAXLEN and MINID of XADD and XTRIM, read option by option. */
export class TrimOptions {
  private keep: number | StreamId | undefined;
  private approximate = false;
  private limit: number | undefined;
  /** The argument that says what to keep. */
  private place = 0;

  /** Reads the option at argument `i`; answers its last argument, undefined when it is none of these. */
  read(args: Args, i: number): number | undefined {
    if (i + 1 >= args.count) return undefined;
    switch (args.word(i)) {
      case 'maxlen':
        this.readKeep(args, i, (at) => {
          const length = readInteger(args, at);
          if (length < 0) throw new CommandError('ERR The MAXLEN argument must be >= 0.');
          return length;
        });
        return this.place;
      case 'minid':
        this.readKeep(args, i, (at) => readId(args, at));
        return this.place;
      case 'limit':
        this.limit = readInteger(args, i + 1);
        if (this.limit < 0) throw new CommandError('ERR The LIMIT argument must be >= 0.');
        return i + 1;
      default:
        return undefined;
    }
  }

  /** What to trim; undefined when nothing was said about it and it need not be. */
  trim({ server, session }: Call, isRequired: boolean): StreamTrim | undefined {
    const { keep, approximate, limit } = this;
    if (limit && keep === undefined) throw limitWithoutStrategy;
    if (isRequired && keep === undefined) throw noStrategy;
    // What a primary, or the append-only file, tells of an approximate trim says exactly what it did, and has the limit still.
    if (limit !== undefined && !approximate && !session.isPrimary) throw limitWithoutTilde;
    if (keep === undefined) return undefined;
    return { keep, approximate, limit: approximate ? (limit ?? usualLimit(server.settings.streamNodeMaxEntries)) : 0 };
  }

  /** The words of the command such that it trims as much anywhere: what "~" did is said exactly. */
  exactly(words: string[], stream: StreamValue): string[] {
    if (!this.approximate) return words;
    words[this.place - 1] = '=';
    words[this.place] = typeof this.keep === 'number' ? String(stream.size) : idText(stream.oldestKeptId());
    return words;
  }

  private readKeep(args: Args, i: number, read: (at: number) => number | StreamId): void {
    if (this.keep !== undefined) throw twoStrategies;
    const sign = i + 2 < args.count ? args.text(i + 1) : '';
    this.approximate = sign === '~';
    this.place = sign === '~' || sign === '=' ? i + 2 : i + 1;
    this.keep = read(this.place);
  }
}

/** A hundred nodes' worth, so that no command takes long. */
function usualLimit(nodeEntries: number): number {
  const limit = nodeEntries * 100;
  return limit <= 0 ? 10_000 : Math.min(limit, 1_000_000);
}

function syntax(words: string): CommandError {
  return new CommandError(`${errors.syntax.message}, ${words}`);
}

const twoStrategies = syntax('MAXLEN and MINID options at the same time are not compatible');
const noStrategy = syntax('XTRIM must be called with a trimming strategy');
const limitWithoutStrategy = syntax('LIMIT cannot be used without specifying a trimming strategy');
const limitWithoutTilde = syntax('LIMIT cannot be used without the special ~ option');
