/**
 * Greylisting: who comes for the first time is asked to come again, and passes when he does so within the window
 * and not before the delay. One script on the server's clock, so that all who share the store decide alike.
 */
import type { Bytes } from '../core/bytes.js';
import type { Arguments } from './arguments.js';
import type { Commands } from './commands.js';
import { arrayOf, integer } from './replies.js';
import { greylistScript } from './scripts/greylist.js';
import type { GreylistDecision, GreylistOptions } from './store.js';

export interface GreylistTimes {
  readonly delay: number;
  readonly window: number;
  readonly lifetime: number;
}

/** Refuses times in which nobody could pass. */
export function greylistTimes(options: GreylistOptions, check: Arguments): GreylistTimes {
  const time = (name: keyof GreylistTimes, fallback: string) =>
    check.ttl('greylist', name, options[name] === undefined ? fallback : options[name]);
  const times = { delay: time('delay', '5m'), window: time('window', '8h'), lifetime: time('lifetime', '35d') };
  if (times.window > times.delay) return times;
  throw check.refused('greylist', 'the window ends before the delay does: nobody would pass');
}

/** In the order of the script's numbers. */
const STATES: readonly GreylistDecision['state'][] = ['new', 'early', 'passed', 'known'];

/** Asked again after a lost reply it answers "early" instead of "new", or "known" instead of "passed". */
const GREYLIST = { operation: 'greylist', safety: 'idempotent' } as const;

export function greylist(
  key: Bytes,
  { delay, window, lifetime }: GreylistTimes,
  signal: AbortSignal | undefined,
  commands: Commands,
): Promise<GreylistDecision> {
  return commands.script(
    { ...GREYLIST, key, signal },
    { script: greylistScript, keys: [key], args: [delay, window, lifetime] },
    (reply) => {
      const [state, age, attempts, retryAfter] = arrayOf(reply, 4, integer) as [number, number, number, number];
      return { passed: state >= 2, state: STATES[state]!, age, attempts, retryAfter };
    },
  );
}
