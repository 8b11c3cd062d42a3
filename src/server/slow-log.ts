import type { Args, ByteString } from '../resp/args.js';
import type { Call } from './commands/call.js';
import { shownWords } from './redaction.js';
import type { Settings } from './settings.js';

/** The last commands that took long: SLOWLOG. Bounded in entries, arguments of an entry and their length. */
export class SlowLog {
  readonly entries: SlowLogEntry[] = [];
  private nextId = 0;

  constructor(private readonly settings: Settings) {}

  isSlow(microseconds: number): boolean {
    const { slowlogThreshold } = this.settings;
    return slowlogThreshold >= 0 && microseconds >= slowlogThreshold;
  }

  add(call: Call, microseconds: number): void {
    const { command, session } = call;
    if (command.flags.includes('skip_slowlog')) return;
    this.entries.unshift({
      id: this.nextId++,
      time: Math.floor(call.now / 1000),
      microseconds: Math.floor(microseconds),
      words: shorten(call.args, shownWords(call)),
      address: session.peer.address,
      name: session.name,
    });
    this.trim();
  }

  trim(): void {
    if (this.entries.length > this.settings.slowlogLength) this.entries.length = this.settings.slowlogLength;
  }

  reset(): void {
    this.entries.length = 0;
  }
}

export interface SlowLogEntry {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly microseconds: number;
  readonly words: readonly ByteString[];
  readonly address: string;
  readonly name: ByteString;
}

const MAX_WORDS = 32;
const MAX_LENGTH = 128;

function shorten(args: Args, words: readonly ByteString[]): ByteString[] {
  const kept = words.slice(0, args.count > MAX_WORDS ? MAX_WORDS - 1 : MAX_WORDS).map((word) => {
    const more = word.length - MAX_LENGTH;
    return more > 0 ? `${word.slice(0, MAX_LENGTH)}... (${more} more bytes)` : word;
  });
  if (args.count > MAX_WORDS) kept.push(`... (${args.count - MAX_WORDS + 1} more arguments)`);
  return kept;
}
