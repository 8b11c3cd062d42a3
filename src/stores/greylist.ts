/**
 * Greylisting: who comes for the first time is asked to come again, and passes when he does so within the window
 * and not before the delay. One script on the server's clock, so that all who share the store decide alike; the
 * attempts of one turn are one call of it where the topology lets a script touch all their keys.
 */
import type { Reply, ReplyError } from '../resp/reply.js';
import type { Arguments } from './arguments.js';
import type { ScriptPerKey } from './gathered-script.js';
import { arrayOf, errorOf, integer } from './replies.js';
import { greylistScript } from './scripts/greylist.js';
import type { GreylistDecision, GreylistOptions } from './store.js';

/** The script's arguments: delay, window and lifetime. Refuses times in which nobody could pass. */
export function greylistTimes(options: GreylistOptions, check: Arguments): readonly number[] {
  const time = (name: 'delay' | 'window' | 'lifetime', fallback: string) =>
    check.ttl('greylist', name, options[name] === undefined ? fallback : options[name]);
  const [delay, window, lifetime] = [time('delay', '5m'), time('window', '8h'), time('lifetime', '35d')];
  if (window > delay) return [delay, window, lifetime];
  throw check.refused('greylist', 'the window ends before the delay does: nobody would pass');
}

/** In the order of the script's numbers. */
const STATES: readonly GreylistDecision['state'][] = ['new', 'early', 'passed', 'known'];

/**
 * Decides about one attempt; its arguments are `greylistTimes`. Asked again after a lost reply it answers "early" instead of
 * "new", or "known" instead of "passed".
 */
export const askGreylist: ScriptPerKey<GreylistDecision> = {
  call: { operation: 'greylist', safety: 'idempotent' },
  script: greylistScript,
  read: decisionOrError,
};

function decisionOrError(reply: Reply): GreylistDecision | ReplyError {
  if (!Array.isArray(reply)) return errorOf(reply);
  const [state, age, attempts, retryAfter] = arrayOf(reply, 4, integer) as [number, number, number, number];
  return { passed: state >= 2, state: STATES[state]!, age, attempts, retryAfter };
}
