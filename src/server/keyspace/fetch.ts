import type { Args } from '../../resp/args.js';
import type { Entries } from './entries.js';
import { PAGE_MASK } from './index-table.js';

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
  const { mask } = table;
  let seen = 0;
  // Nothing but looking in a loop, so that the processor can look ahead in it.
  for (let i = 0; i < count; i++) FOUND[i] = entries.hash(commands[i]!, 1);
  for (let i = 0; i < count; i++) {
    const slot = FOUND[i]! & mask;
    seen ^= table.page(slot)[(slot & PAGE_MASK) * 2]!;
  }
  for (let i = 0; i < count; i++) {
    const hash = FOUND[i]!;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const page = table.page(slot);
      const at = (slot & PAGE_MASK) * 2;
      FOUND[i] = page[at + 1]!;
      if (page[at + 1] === 0 || (page[at]! ^ hash) === 0) break;
    }
  }
  for (let i = 0; i < count; i++) if (FOUND[i] !== 0) seen ^= memory.glance(FOUND[i]!);
  return seen;
}
