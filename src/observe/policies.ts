import type { Registry } from 'prom-client';
import { CounterFamily } from './cells.js';

/** Counts the decisions of one policy for one listener. */
export interface PolicyMeter {
  decided(verdict: 'pass' | 'permit' | 'defer' | 'reject'): void;
}

/** What was decided about mail on its way. */
export class PolicyMetrics {
  readonly #decisions: CounterFamily<'listener' | 'policy' | 'verdict'>;

  constructor(registry: Registry) {
    this.#decisions = new CounterFamily({
      registry,
      name: 'lookupd_policy_decisions_total',
      help: 'Decisions of policies, by verdict: pass, permit, defer or reject.',
      labelNames: ['listener', 'policy', 'verdict'],
    });
  }

  meter(listener: string, policy: string): PolicyMeter {
    const cell = (verdict: string) => this.#decisions.cell({ listener, policy, verdict });
    const cells = { pass: cell('pass'), permit: cell('permit'), defer: cell('defer'), reject: cell('reject') };
    return { decided: (verdict) => void cells[verdict].count++ };
  }
}
