import { z } from 'zod';
import { Refusal } from '../language/refusal.js';
import { key, keyWithDefault } from './declaration.js';
import { name, parsed } from './types.js';

const MOST_WORKERS = 256;
const EXPECTED = `expected a whole number from 1 to ${MOST_WORKERS}, or "auto"`;

const workers = parsed(
  z.union([z.int().meta({ minimum: 1, maximum: MOST_WORKERS }), z.string().meta({ pattern: '^([0-9]+|auto)$' })], {
    error: EXPECTED,
  }),
  (value): number | 'auto' | Refusal => {
    if (value === 'auto') return value;
    const number = typeof value === 'number' || /^\d+$/.test(value) ? Number(value) : 0;
    return Number.isInteger(number) && number >= 1 && number <= MOST_WORKERS ? number : new Refusal(EXPECTED);
  },
);

/** `[server]`, beside its listeners. */
export const serverKeys = {
  workers: keyWithDefault(
    workers,
    1,
    'Processes that serve the listeners; "auto": one for each processor. With 1 the daemon is a single process. Another number takes effect at the next start.',
  ),
  'run-as.user': key(
    name,
    'User to become once every socket is bound, a name or a number: for a start as root. Files are read with its rights from then on.',
  ),
  'run-as.group': key(name, "Group to become; by default the user's own. Its further groups come along."),
};
