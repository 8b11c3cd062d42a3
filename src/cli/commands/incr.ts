import { answer } from '../answers.js';
import { defineCommand, option, UsageError } from '../command.js';
import { keyArgument, storeArgument, storeOptions, withWritableStore } from '../store-access.js';
import { ttlOption } from '../time.js';

/** `lookupd incr`: adds to a counter. */
export const incr = defineCommand({
  name: 'incr',
  summary: 'add to a counter',
  description:
    'Adds to a counter of 64 bits, which starts at 0, and prints the sum. --ttl is set when the counter is created; with ' +
    '--refresh-ttl every time.',
  arguments: { store: storeArgument, key: keyArgument },
  options: {
    ...storeOptions,
    by: option.parsed('--by <n>', parseAmount, 'how much to add, 1 by default; may be negative'),
    ttl: ttlOption,
    refreshTtl: option.flag('--refresh-ttl', 'set --ttl at every increment, not only at the first'),
  },
  examples: [
    { line: 'lookupd incr redis sent:ann --ttl 1h', does: 'counts in an hour that starts with the first' },
    { line: 'lookupd incr redis quota:ann --by -3', does: 'takes something away' },
  ],
  run({ args, options, terminal }) {
    const { by = 1n, ttl, refreshTtl } = options;
    if (refreshTtl && ttl === undefined) throw new UsageError('--refresh-ttl needs a --ttl');
    return withWritableStore({ args, options, terminal }, async (store) => {
      const value = await store.increment(args.key, by, { refreshTtl, ...(ttl === undefined ? {} : { ttl }) });
      return answer(terminal, options.json, { json: { ...args, value }, people: `${value}`, programs: `${value}\n` });
    });
  },
});

function parseAmount(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new UsageError('an amount is an integer');
  const amount = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, amount) !== amount) throw new UsageError('an amount has at most 64 bits');
  return amount;
}
