import type { Registry } from 'prom-client';
import { CounterFamily, DurationFamily } from './cells.js';

/** Counts the decisions of one policy for one listener. */
export interface PolicyMeter {
  decided(verdict: 'pass' | 'permit' | 'defer' | 'reject', ms: number): void;
}

/** What was decided about mail on its way. */
export class PolicyMetrics {
  readonly #decisions: CounterFamily<'listener' | 'policy' | 'verdict'>;
  readonly #durations: DurationFamily<'listener' | 'policy'>;

  constructor(registry: Registry) {
    this.#decisions = new CounterFamily({
      registry,
      name: 'lookupd_policy_decisions_total',
      help: 'Decisions of policies, by verdict: pass, permit, defer or reject.',
      labelNames: ['listener', 'policy', 'verdict'],
    });
    this.#durations = new DurationFamily({
      registry,
      name: 'lookupd_policy_duration_seconds',
      help: 'What a policy took to decide.',
      labelNames: ['listener', 'policy'],
    });
  }

  meter(listener: string, policy: string): PolicyMeter {
    const cell = (verdict: string) => this.#decisions.cell({ listener, policy, verdict });
    const cells = { pass: cell('pass'), permit: cell('permit'), defer: cell('defer'), reject: cell('reject') };
    const durations = this.#durations.cell({ listener, policy });
    return {
      decided(verdict, ms) {
        cells[verdict].count++;
        durations.observe(ms / 1000);
      },
    };
  }
}
