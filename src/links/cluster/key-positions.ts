import { type Reply, ReplyError } from '../../resp/reply.js';
import type { CallOptions, Command } from '../link.js';
import { type CommandFacts, factsOf, type KeyPositions } from '../wire/command-facts.js';

/** Commands whose rule was asked for; a caller who makes names up cannot fill the memory. */
const MOST_LEARNT = 2000;

type Ask = (command: Command, options: CallOptions) => Promise<Reply>;

/**
 * Where the keys of a command are: from our table, or as the server tells (COMMAND INFO once a name, and
 * COMMAND GETKEYS for each command whose keys move). A server that tells nothing is guessed at: the first
 * argument is the key, and a redirect puts a wrong guess right.
 */
export class KeyPositionTable {
  readonly #learnt = new Map<string, KeyPositions | 'ask each'>();

  constructor(private readonly ask: Ask) {}

  /** Undefined when the server must be asked: see `learn`. */
  keysOf(command: Command, facts: CommandFacts = factsOf(command)): readonly number[] | undefined {
    if (facts.keys !== undefined) return facts.keys(command);
    const learnt = this.#learnt.get(command[0].toUpperCase());
    return learnt === undefined || learnt === 'ask each' ? undefined : learnt(command);
  }

  async learn(command: Command, options: CallOptions): Promise<readonly number[]> {
    const name = command[0].toUpperCase();
    let rule = this.#learnt.get(name);
    if (rule === undefined) {
      rule = ruleOf(await this.#answer(['COMMAND', 'INFO', name], options));
      if (this.#learnt.size < MOST_LEARNT) this.#learnt.set(name, rule);
    }
    if (rule !== 'ask each') return rule(command);
    const keys = await this.#answer(['COMMAND', 'GETKEYS', ...command], options);
    return Array.isArray(keys) ? positions(command, keys as readonly Reply[]) : [];
  }

  /** An error reply tells something too: that there are no keys, or that we may not ask. */
  async #answer(command: Command, options: CallOptions): Promise<Reply> {
    return await this.ask(command, options).catch((error: unknown) => {
      if (error instanceof ReplyError) return error;
      throw error;
    });
  }
}

const FIRST: KeyPositions = (command) => (command.length > 1 ? [1] : []);

/** `[name, arity, flags, first key, last key, step, categories, tips, key specs, subcommands]` */
function ruleOf(reply: Reply): KeyPositions | 'ask each' {
  const entry = Array.isArray(reply) ? (reply as readonly Reply[])[0] : undefined;
  if (!Array.isArray(entry)) return FIRST;
  const [, , flags, first, last, step, , , , subcommands] = entry as readonly Reply[];
  const moving = [...((flags ?? []) as Iterable<Reply>)].some((flag) => String(flag) === 'movablekeys');
  if (moving || (Array.isArray(subcommands) && subcommands.length > 0)) return 'ask each';
  if (typeof first !== 'number' || typeof last !== 'number' || typeof step !== 'number' || first < 1) return () => [];
  return (command) => {
    const end = last < 0 ? command.length + last : Math.min(last, command.length - 1);
    const indexes: number[] = [];
    for (let i = first; i <= end; i += Math.max(1, step)) indexes.push(i);
    return indexes;
  };
}

/** Which arguments the keys are that the server found; all that matters of them is their slot. */
function positions(command: Command, keys: readonly Reply[]): number[] {
  const names = new Set(keys.map((key) => (Buffer.isBuffer(key) ? key.latin1Slice() : String(key))));
  const indexes: number[] = [];
  for (let i = 1; i < command.length; i++) {
    const argument = command[i]!;
    const bytes = argument instanceof Uint8Array ? Buffer.from(argument) : Buffer.from(String(argument));
    if (names.has(bytes.latin1Slice())) indexes.push(i);
  }
  return indexes;
}
