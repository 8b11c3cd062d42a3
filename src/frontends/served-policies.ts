import { type Decision, type Policy, pass } from '../lookups/policies/policy.js';
import type { PolicyRequest } from '../lookups/policies/request.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { Log } from '../observe/log.js';
import type { PolicyMeter } from '../observe/policies.js';
import { UnderWay } from './under-way.js';

/** A policy with the counter of its decisions. */
export interface MeteredPolicy {
  readonly policy: Policy;
  readonly meter: PolicyMeter;
}

/**
 * The policies of one listener, asked in order: the first that does not pass decides. Every decision is counted,
 * and explained in the log; those that a failing store brought about in the manner of failures.
 */
export class ServedPolicies {
  readonly #policies: readonly MeteredPolicy[];
  readonly #listener: string;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(policies: readonly MeteredPolicy[], listener: string, log: Log, failures: FailureLog) {
    this.#policies = policies;
    this.#listener = listener;
    this.#log = log;
    this.#failures = failures;
  }

  /** Never rejects. */
  decide(request: PolicyRequest): Promise<Decision> {
    return this.#underWay.run(() => this.#ask(request));
  }

  async #ask(request: PolicyRequest): Promise<Decision> {
    let last = pass('no policy');
    for (const { policy, meter } of this.#policies) {
      last = await policy.decide(request);
      meter.decided(last.verdict);
      this.#explain(policy.name, request, last);
      if (last.verdict !== 'pass') break;
    }
    return last;
  }

  /** Resolves at a moment when no decision is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }

  #explain(policy: string, request: PolicyRequest, { verdict, why, failed }: Decision): void {
    const subject = { listener: this.#listener, policy };
    if (failed === true) {
      this.#failures.failed(subject, `policy failed: ${verdict}`, why);
      return;
    }
    const about = Object.fromEntries(TOLD.map((name) => [name, request.get(name)]).filter(([, value]) => value !== ''));
    this.#log.info({ ...subject, verdict, why, ...about }, `policy: ${verdict}`);
  }
}

/** What tells an administrator which mail it was. */
const TOLD = ['instance', 'queue_id', 'protocol_state', 'client_address', 'sasl_username', 'sender', 'recipient'];
