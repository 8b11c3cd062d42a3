/**
 * Greylisting: who comes for the first time is asked to come again, and passes when he does so within the window
 * and not before the delay. One script on the server's clock, so that all who share the store decide alike; the
 * attempts of one turn are one call of it where the topology lets a script touch all their keys.
 */
import type { Bytes } from '../core/bytes.js';
import type { Link } from '../links/link.js';
import { type Reply, ReplyError } from '../resp/reply.js';
import type { Arguments } from './arguments.js';
import type { Commands } from './commands.js';
import { GatheredScript } from './gathered-script.js';
import type { Gathering } from './gathering.js';
import type { Guard } from './guard.js';
import { arrayOf, errorOf, integer } from './replies.js';
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

/** Decides about one attempt. */
export type AskGreylist = (
  key: Bytes,
  times: GreylistTimes,
  signal: AbortSignal | undefined,
) => Promise<GreylistDecision>;

/** One script call per attempt: what a cluster needs, since its keys lie in different slots. */
export function greylistAlone(commands: Commands): AskGreylist {
  return (key, times, signal) =>
    commands.script(
      { ...GREYLIST, key, signal },
      { script: greylistScript, keys: [key], args: toArgs(times) },
      (reply) => {
        const [decision] = arrayOf(reply, 1, decisionOrError) as [GreylistDecision | ReplyError];
        if (decision instanceof ReplyError) throw decision;
        return decision;
      },
    );
}

/** The attempts of one turn together; a call with a signal goes alone instead. */
export function greylistTogether(link: Link, guard: Guard, gathering: Gathering, alone: AskGreylist): AskGreylist {
  const together = new GatheredScript(link, guard, gathering, GREYLIST, greylistScript, decisionOrError);
  return (key, times, signal) => (signal === undefined ? together.run(key, toArgs(times)) : alone(key, times, signal));
}

function toArgs({ delay, window, lifetime }: GreylistTimes): readonly number[] {
  return [delay, window, lifetime];
}

function decisionOrError(reply: Reply): GreylistDecision | ReplyError {
  if (!Array.isArray(reply)) return errorOf(reply);
  const [state, age, attempts, retryAfter] = arrayOf(reply, 4, integer) as [number, number, number, number];
  return { passed: state >= 2, state: STATES[state]!, age, attempts, retryAfter };
}
