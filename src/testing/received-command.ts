import { globMatches } from '../core/glob.js';
import type { Args } from '../resp/args.js';
import { type CommandDeclaration, keyPlaces } from '../server/commands/command.js';

/** A command as it arrived from a client. */
export interface ReceivedCommand {
  /** In upper case: `GET`. Of `CLIENT SETNAME` it is `CLIENT`. */
  readonly name: string;
  /** What follows the name, as UTF-8 text. */
  readonly args: readonly string[];
  /** Those of `args` that are keys. */
  readonly keys: readonly string[];
  /** Of a test server CLIENT ID's number; of a proxy connections are counted from 1. */
  readonly connection: number;
  /** Milliseconds of the server's clock, or of the proxy's. */
  readonly when: number;
}

/** Which commands: all conditions that are given must hold, and without any it is every command. */
export interface CommandPattern {
  /** One name or several, in any case. */
  readonly command?: string | readonly string[];
  /** One of its keys is this, in Redis's glob patterns (`alias:*`), or matches this expression. */
  readonly key?: string | RegExp;
  /** It came on this connection. */
  readonly connection?: number;
  /** Whatever else. */
  readonly match?: (command: ReceivedCommand) => boolean;
}

export function readCommand(
  declaration: CommandDeclaration | undefined,
  args: Args,
  connection: number,
  when: number,
): ReceivedCommand {
  const words = Array.from({ length: args.count }, (_, i) => args.view(i).toString());
  const hasAll =
    declaration !== undefined && (declaration.arity < 0 ? -declaration.arity : declaration.arity) <= args.count;
  const keys = hasAll ? keyPlaces(declaration.keys, args).map((place) => words[place]!) : [];
  return { name: words[0]?.toUpperCase() ?? '', args: words.slice(1), keys, connection, when };
}

export function fits({ command, key, connection, match }: CommandPattern, received: ReceivedCommand): boolean {
  if (command !== undefined && ![command].flat().some((name) => name.toUpperCase() === received.name)) return false;
  if (key !== undefined && !received.keys.some((each) => isKey(key, each))) return false;
  if (connection !== undefined && connection !== received.connection) return false;
  return match?.(received) ?? true;
}

function isKey(pattern: string | RegExp, key: string): boolean {
  return typeof pattern === 'string' ? globMatches(pattern, key) : pattern.test(key);
}
