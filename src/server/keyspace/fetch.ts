import type { Args } from '../../resp/args.js';
import type { Entries } from './entries.js';

/** Commands that are looked at together. */
export const MOST_FETCHED = 64;
const FOUND = new Int32Array(MOST_FETCHED);

/**
 * Looks at where the entries of these commands' first keys are, changing nothing: what is not in the processor's
 * cache comes for all of them at once. What is answered is of no meaning, but what nobody keeps is not looked at.
 */
export function fetchEntries(entries: Entries, commands: readonly Args[], count: number): number {
  const { memory } = entries;
  const table = entries.index.current;
  let seen = 0;
  // Nothing but looking in a loop, so that the processor can look ahead in it.
  for (let i = 0; i < count; i++) FOUND[i] = entries.hash(commands[i]!, 1);
  for (let i = 0; i < count; i++) seen ^= table.glance(FOUND[i]!);
  for (let i = 0; i < count; i++) FOUND[i] = table.likely(FOUND[i]!);
  for (let i = 0; i < count; i++) if (FOUND[i] !== 0) seen ^= memory.glance(FOUND[i]!);
  return seen;
}

/**
 * The same of what commands look up in the collection at the first one's key: `members` says by which argument,
 * 0 by none.
 */
export function fetchMembers(entries: Entries, commands: readonly Args[], members: Int32Array, count: number): number {
  const [first] = commands;
  const value = entries.object(entries.find(first!, 1, entries.hash(first!, 1)));
  return value?.fetch?.(commands, members, count) ?? 0;
}
