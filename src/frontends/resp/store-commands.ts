import { StoreError } from '../../core/errors.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import type { ServedEndpoint } from '../served-endpoint.js';
import { KEY_BY_KEY, keysOf, type OfferedCommand, offeredCommands } from './offered.js';

/** Commands of a client, run by a store that may be a cluster. Failures are replies. */
export class StoreCommands {
  constructor(private readonly endpoint: ServedEndpoint) {}

  /** What the listener offers under this name; a reply that says why not. */
  find(name: string): OfferedCommand | ReplyError {
    const { write, commands } = this.endpoint.options;
    const command = offeredCommands.get(name);
    if (command === undefined)
      return new ReplyError(`ERR '${printable(name)}' is not offered here: commands on keys are`);
    if (commands !== undefined && !commands.has(name)) return notPermitted(name);
    return command.isWrite && !write ? notPermitted(name) : command;
  }

  async run(command: OfferedCommand, words: readonly Buffer[]): Promise<Reply> {
    try {
      return await this.endpoint.run(() => this.#run(command, words));
    } catch (error) {
      return this.#told(error);
    }
  }

  /** All of them or, when one cannot be sent at all, none: one script, so in a cluster keys of one slot. */
  async runTogether(queue: readonly (readonly Buffer[])[]): Promise<Reply> {
    const keys: Buffer[] = [];
    const args: Buffer[] = [];
    for (const words of queue) {
      const fenced = this.#fenced(offeredCommands.get(nameOf(words))!, words);
      keys.push(...fenced.keys);
      args.push(Buffer.from(String(words.length)), ...fenced.words);
    }
    try {
      return await this.endpoint.run(() =>
        this.endpoint.store.command('EVAL', TOGETHER, keys.length, ...keys, ...args),
      );
    } catch (error) {
      return this.#told(error);
    }
  }

  #run(command: OfferedCommand, words: readonly Buffer[]): Promise<Reply> {
    const fenced = this.#fenced(command, words);
    const several = KEY_BY_KEY[command.name];
    if (several !== undefined && fenced.keys.length > 1 && SPREAD.has(this.endpoint.store.topology().kind)) {
      return this.#keyByKey(several, fenced.words);
    }
    return this.endpoint.store.command(command.name, ...fenced.words.slice(1));
  }

  async #keyByKey({ one, width, reply }: (typeof KEY_BY_KEY)[string], words: readonly Buffer[]): Promise<Reply> {
    const commands: [string, ...Buffer[]][] = [];
    for (let i = 1; i < words.length; i += width) commands.push([one, ...words.slice(i, i + width)]);
    const replies = await this.endpoint.store.pipeline(commands);
    // As MGET does: what is no string is not there.
    const values = replies.map((value) => (isWrongType(value) && reply === 'list' ? null : value));
    const failure = values.find((value) => value instanceof StoreError);
    if (failure instanceof StoreError) throw failure;
    const told = values as Reply[];
    const refused = told.find((value) => value instanceof ReplyError);
    if (refused !== undefined) return refused;
    if (reply === 'ok') return 'OK';
    return reply === 'list' ? told : told.reduce<number>((sum, value) => sum + Number(value), 0);
  }

  #fenced(command: OfferedCommand, words: readonly Buffer[]) {
    const { prefix } = this.endpoint.options;
    const places = keysOf(command, words);
    const fenced = [...words];
    if (prefix !== '') {
      const before = Buffer.from(prefix);
      for (const place of places) fenced[place] = Buffer.concat([before, words[place]!]);
    }
    return { words: fenced, keys: places.map((place) => fenced[place]!) };
  }

  #told(error: unknown): ReplyError {
    if (!(error instanceof StoreError)) throw error;
    this.endpoint.failed(error);
    return new ReplyError(ERRORS[error.code] ?? `ERR ${error.message}`);
  }
}

/** Stores whose keys lie in several places. */
const SPREAD: ReadonlySet<string> = new Set(['cluster', 'sharded']);

/** KEYS: all keys. ARGV: for each command how many words it has, and the words. Replies in their order, errors among them. */
const TOGETHER = `local replies, at = {}, 1
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  replies[#replies + 1] = redis.pcall(unpack(ARGV, at + 1, at + count))
  at = at + 1 + count
end
return replies`;

/** Errors with a word that clients know. */
const ERRORS: Readonly<Record<string, string>> = {
  WRONG_TYPE: 'WRONGTYPE Operation against a key holding the wrong kind of value',
  NOT_INTEGER: 'ERR value is not an integer or out of range',
};

export function nameOf(words: readonly Buffer[]): string {
  return words[0]!.toString('latin1').toLowerCase();
}

function isWrongType(value: unknown): boolean {
  return value instanceof ReplyError && value.code === 'WRONGTYPE';
}

function notPermitted(name: string): ReplyError {
  return new ReplyError(`NOPERM This user has no permissions to run the '${printable(name)}' command`);
}

/** A client's word in an error line. */
export function printable(word: string): string {
  return word.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
}
