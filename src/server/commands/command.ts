import type { Args } from '../../resp/args.js';
import type { Call } from './call.js';

/**
 * A command is one declaration; arity, access and routing checks, COMMAND's replies, propagation and the
 * command page are derived from it. Handlers describe their reply to `call.reply`, throw a CommandError
 * (src/server/errors.ts) before they have changed anything, and report each change by `call.changed`.
 */
export interface CommandDeclaration {
  /** Lower case; a subcommand's own word only ("setname"). */
  readonly name: string;
  readonly summary: string;
  /** Redis version that introduced it. */
  readonly since: string;
  readonly group: CommandGroup;
  readonly complexity: string;
  readonly deprecated?: { readonly since: string; readonly use: string };
  /** Between servers or for Redis's own tests only. */
  readonly system?: boolean;
  /** What changed since it was introduced: a version and a sentence each. */
  readonly history?: readonly string[];
  /** In the notation of introspection/argument-notation.ts. */
  readonly arguments?: readonly string[];
  /** Words with the name itself; negative: at least that many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** ACL categories beyond those that group and flags imply, without "@". */
  readonly categories?: readonly string[];
  readonly keys?: KeyPositions;
  /**
   * Of commands on one key: the argument that names what is looked up in its collection. It is a hint, for members of
   * commands that arrive together are fetched together; where an option moves the argument nothing is lost.
   */
  readonly member?: number;
  /** The setting that has to allow it (access/protected-commands.ts). */
  readonly protectedBy?: 'enableDebug' | 'enableModule';
  /** A container: what its second word may be. `run` then is for the name alone, or absent. */
  readonly subcommands?: readonly CommandDeclaration[];
  readonly run?: (call: Call) => void;
}

export type CommandGroup =
  | 'string'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'stream'
  | 'bitmap'
  | 'hyperloglog'
  | 'geo'
  | 'generic'
  | 'pubsub'
  | 'scripting'
  | 'transactions'
  | 'connection'
  | 'server'
  | 'cluster'
  | 'sentinel';

export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_async_loading'
  | 'no_multi'
  | 'movablekeys'
  | 'allow_busy'
  | 'no_mandatory_keys'
  | 'sentinel';

/** Where the keys are: fixed places (last counted from the end when negative), or found by the arguments. */
export type KeyPositions =
  | { readonly first: number; readonly last: number; readonly step: number }
  | { readonly find: (args: Args) => readonly number[]; readonly first?: number };

export const oneKey: KeyPositions = { first: 1, last: 1, step: 1 };
export const allKeys: KeyPositions = { first: 1, last: -1, step: 1 };

/** Keys counted by a number at `count` that follow it: EVAL, ZUNION, LMPOP … */
export function countedKeys(count: number, ...before: readonly number[]): KeyPositions {
  return {
    first: before[0] ?? 0,
    find: (args) => {
      const keys = [...before];
      const wanted = count < args.count ? Number(args.text(count)) : 0;
      // It will be refused: no key is touched.
      if (!Number.isInteger(wanted) || wanted < 1 || count + wanted >= args.count) return [];
      for (let i = count + 1; i <= count + wanted; i++) keys.push(i);
      return keys;
    },
  };
}

/** The places of a command's keys in its arguments. */
export function keyPlaces(keys: KeyPositions | undefined, args: Args): readonly number[] {
  if (keys === undefined) return [];
  if ('find' in keys) return keys.find(args);
  const last = keys.last < 0 ? args.count + keys.last : Math.min(keys.last, args.count - 1);
  const places: number[] = [];
  for (let i = keys.first; i <= last; i += keys.step) places.push(i);
  return places;
}
