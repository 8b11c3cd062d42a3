import type { Cancel, Clock } from '../core/clock.js';

/** A clock whose alarms wait while it is stopped, as those of a process that got SIGSTOP; time itself goes on. */
export class StoppableClock implements Clock {
  readonly microseconds?: () => number;
  private isStopped = false;
  private readonly late = new Set<() => void>();

  constructor(private readonly base: Clock) {
    if (base.microseconds !== undefined) this.microseconds = () => base.microseconds!();
  }

  now(): number {
    return this.base.now();
  }

  schedule(ms: number, run: () => void): Cancel {
    const ring = () => {
      this.late.delete(ring);
      if (this.isStopped) this.late.add(ring);
      else run();
    };
    const cancel = this.base.schedule(ms, ring);
    return () => {
      cancel();
      this.late.delete(ring);
    };
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Rings what has come due meanwhile. */
  go(): void {
    this.isStopped = false;
    // One may cancel another.
    for (const ring of [...this.late]) if (this.late.has(ring)) ring();
  }
}
