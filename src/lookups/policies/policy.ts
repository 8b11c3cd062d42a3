import type { PolicyRequest } from './request.js';

/** Decides about one request of a mail server; rejects or throws where it cannot. */
export interface Rule {
  decide(request: PolicyRequest): Promise<Decision>;
}

/** A rule that never rejects: a store that fails is a decision too, the one that `on-error` names. */
export interface Policy extends Rule {
  /** The id in the configuration: `[policy.<id>]`. */
  readonly name: string;
}

export interface Decision {
  /**
   * pass: nothing against it, the next policy is asked; permit: nothing against it, and no further policy is asked;
   * defer and reject: the mail server says no, for now or for good, with `text`.
   */
  readonly verdict: 'pass' | 'permit' | 'defer' | 'reject';
  /** What it was decided by, for the log: one line. */
  readonly why: string;
  /** What the other side is told, after its enhanced status code ("4.2.0 Greylisted …"); with defer and reject. */
  readonly text?: string;
  /** Whether it was decided by `on-error`. */
  readonly failed?: boolean;
  /** The error of the program itself that `on-error` had to step in for: for the log, with its stack. */
  readonly fault?: unknown;
}

export function pass(why: string): Decision {
  return { verdict: 'pass', why };
}

/** What the administrator has others told, after the status code for "not allowed", now or ever. */
export function refusal(verdict: 'defer' | 'reject', why: string, text: string): Decision {
  return { verdict, why, text: `${verdict === 'defer' ? '4.7.1' : '5.7.1'} ${text}` };
}

/** Asks policies in order: the first that does not pass decides. `told` hears of every decision on the way. */
export async function decideInOrder(
  policies: Iterable<Policy>,
  request: PolicyRequest,
  told: (policy: string, decision: Decision) => void,
): Promise<Decision> {
  let last = pass('no policy');
  for (const policy of policies) {
    last = await policy.decide(request);
    told(policy.name, last);
    if (last.verdict !== 'pass') break;
  }
  return last;
}
