import { type Decision, decideInOrder, type Policy } from '../lookups/policies/policy.js';
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
  readonly #policies: readonly Policy[];
  readonly #meters: ReadonlyMap<string, PolicyMeter>;
  readonly #listener: string;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(policies: readonly MeteredPolicy[], listener: string, log: Log, failures: FailureLog) {
    this.#policies = policies.map(({ policy }) => policy);
    this.#meters = new Map(policies.map(({ policy, meter }) => [policy.name, meter]));
    this.#listener = listener;
    this.#log = log;
    this.#failures = failures;
  }

  /** Never rejects. */
  decide(request: PolicyRequest): Promise<Decision> {
    let since = performance.now();
    const told = (policy: string, decision: Decision) => {
      const now = performance.now();
      this.#meters.get(policy)?.decided(decision.verdict, now - since);
      this.#failures.took({ listener: this.#listener, policy }, 'decision', now - since);
      since = now;
      this.#explain(policy, request, decision);
    };
    return this.#underWay.run(() => decideInOrder(this.#policies, request, told));
  }

  /** Resolves at a moment when no decision is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }

  #explain(policy: string, request: PolicyRequest, { verdict, why, failed, fault }: Decision): void {
    const subject = { listener: this.#listener, policy };
    if (failed === true) {
      this.#failures.failed(subject, `policy failed: ${verdict}`, why, fault);
      return;
    }
    if (!this.#log.isLevelEnabled('info')) return;
    const about = Object.fromEntries(TOLD.map((name) => [name, request.get(name)]).filter(([, value]) => value !== ''));
    this.#log.info({ ...subject, verdict, why, ...about }, `policy: ${verdict}`);
  }
}

/** What tells an administrator which mail it was. */
const TOLD = ['instance', 'queue_id', 'protocol_state', 'client_address', 'sasl_username', 'sender', 'recipient'];
