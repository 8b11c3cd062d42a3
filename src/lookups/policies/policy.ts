import type { PolicyRequest } from './request.js';

/** Decides about one request of a mail server. */
export interface Policy {
  /** The id in the configuration: `[policy.<id>]`. */
  readonly name: string;
  /** Never rejects: a store that fails is a decision too, the one that `on-error` names. */
  decide(request: PolicyRequest): Promise<Decision>;
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
}

export function pass(why: string): Decision {
  return { verdict: 'pass', why };
}
