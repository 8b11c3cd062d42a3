import { Args } from '../../resp/args.js';
import { type CommandDeclaration, keyPlaces } from '../../server/commands/command.js';
import { allCommands } from '../../server/commands/index.js';

/**
 * The commands of a store that are offered: those on keys, told apart into reads and writes by their declarations.
 * What has no key cannot be fenced by a prefix or find its node in a cluster; what waits would keep the connection
 * to the store that everybody shares; scripts, and sorting by other keys, reach keys that they do not name. What answers
 * with a key's name would show it with its prefix.
 */
const NOT_OFFERED = new Set([
  'sort',
  'sort_ro',
  'migrate',
  'restore-asking',
  'object',
  'memory',
  'debug',
  'xread',
  'xreadgroup',
  'lmpop',
  'zmpop',
]);
const UNFIT: readonly string[] = ['admin', 'blocking', 'pubsub', 'noscript', 'asking'];

export interface OfferedCommand {
  readonly name: string;
  readonly isWrite: boolean;
  readonly declaration: CommandDeclaration;
}

export const offeredCommands: ReadonlyMap<string, OfferedCommand> = new Map(
  allCommands
    .filter(({ name, keys, flags, group }) => {
      const fits = keys !== undefined && group !== 'scripting' && !NOT_OFFERED.has(name);
      return fits && !flags.some((flag) => UNFIT.includes(flag));
    })
    .map((declaration) => {
      const { name } = declaration;
      return [name, { name, isWrite: declaration.flags.includes('write'), declaration }];
    }),
);

/** Where the keys are; none when the arguments make no sense, which the store will say. */
export function keysOf({ declaration }: OfferedCommand, words: readonly Buffer[]): readonly number[] {
  return keyPlaces(declaration.keys, Args.from(words)).filter((place) => place > 0 && place < words.length);
}

/** Commands that are the same key by key: how their replies are put together. */
export const KEY_BY_KEY: Readonly<
  Record<string, { readonly one: string; readonly width: 1 | 2; readonly reply: 'list' | 'sum' | 'ok' }>
> = {
  mget: { one: 'get', width: 1, reply: 'list' },
  mset: { one: 'set', width: 2, reply: 'ok' },
  del: { one: 'del', width: 1, reply: 'sum' },
  unlink: { one: 'unlink', width: 1, reply: 'sum' },
  exists: { one: 'exists', width: 1, reply: 'sum' },
  touch: { one: 'touch', width: 1, reply: 'sum' },
};
