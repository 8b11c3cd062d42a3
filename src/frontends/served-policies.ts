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
 *
 * On the way of a decision promises are handed on and not awaited: the frame that waits takes most of a kilobyte, and
 * with one for each layer a third of the time went to collecting them.
 */
export class ServedPolicies {
  readonly #policies: readonly Policy[];
  readonly #meters: readonly PolicyMeter[];
  readonly #listener: string;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(policies: readonly MeteredPolicy[], listener: string, log: Log, failures: FailureLog) {
    this.#policies = policies.map(({ policy }) => policy);
    this.#meters = policies.map(({ meter }) => meter);
    this.#listener = listener;
    this.#log = log;
    this.#failures = failures;
  }

  /** Calls `decided` exactly once, now or later, which must not throw. */
  decide(request: PolicyRequest, decided: (decision: Decision) => void): void {
    this.#underWay.enter();
    this.#ask(0, request, (decision) => {
      this.#underWay.leave();
      decided(decision);
    });
  }

  #ask(i: number, request: PolicyRequest, decided: (decision: Decision) => void): void {
    const policy = this.#policies[i];
    if (policy === undefined) {
      decided(pass('no policy'));
      return;
    }
    const began = performance.now();
    void policy.decide(request).then((decision) => {
      this.#tell(i, request, decision, performance.now() - began);
      if (decision.verdict === 'pass' && i + 1 < this.#policies.length) this.#ask(i + 1, request, decided);
      else decided(decision);
    });
  }

  #tell(i: number, request: PolicyRequest, decision: Decision, ms: number): void {
    const policy = this.#policies[i]!.name;
    this.#meters[i]!.decided(decision.verdict, ms);
    this.#failures.took({ listener: this.#listener, policy }, 'decision', ms);
    this.#explain(policy, request, decision);
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
