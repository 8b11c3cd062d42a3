import type { Args } from '../../../resp/args.js';

/** The keys of GEORADIUS and GEORADIUSBYMEMBER: the one that is searched and the one that STORE names last. */
export function searchKeys(args: Args): readonly number[] {
  let stored: number | undefined;
  for (let i = 5; i + 1 < args.count; i++) {
    const word = args.word(i);
    if (word === 'store' || word === 'storedist') stored = ++i;
  }
  return stored === undefined ? [1] : [1, stored];
}
