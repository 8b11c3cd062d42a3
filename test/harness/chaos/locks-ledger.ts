import type { Lock } from '../../../src/stores/store.js';

interface Taken {
  readonly fence: bigint;
  /** When it was known to be taken, and until when it surely is held, in `performance.now()`. */
  readonly at: number;
  readonly until: number;
  readonly promotions: number;
}

/** Who holds which lock, as the holders know it: nobody may get one that another still holds. */
export class LocksLedger {
  acquired = 0;
  /** Two at once though no primary was replaced. */
  twice = 0;
  /** Two at once since the first one's acquisition was lost with its primary, or its primary was not heard of any more. */
  twiceAcross = 0;
  /** Of those, holders that have the same fence. */
  notToldApart = 0;
  /** Fences that were not past the last one though no primary was replaced. */
  notRising = 0;
  private readonly held = new Map<string, Taken>();
  private readonly last = new Map<string, Taken>();

  /** `asked`: when, in `performance.now()`; `promotions`: as of then, and as of now. */
  taken(name: string, { fence }: Lock, asked: number, ttl: number, promotions: readonly [number, number]): void {
    this.acquired++;
    const now = performance.now();
    const taken = { fence, at: now, until: asked + ttl - MARGIN, promotions: promotions[0] };
    const last = this.last.get(name);
    if (last !== undefined && last.at < asked && last.promotions === promotions[1] && fence <= last.fence)
      this.notRising++;
    this.last.set(name, taken);
    // The answer was so late that it may be another's by now.
    if (taken.until < now) return;
    const other = this.held.get(name);
    if (other !== undefined && other.until > now) {
      if (other.promotions === promotions[1]) this.twice++;
      else this.twiceAcross++;
      if (other.fence === fence) this.notToldApart++;
    }
    this.held.set(name, taken);
  }

  /** About to be given back. */
  left(name: string, { fence }: Lock): void {
    if (this.held.get(name)?.fence === fence) this.held.delete(name);
  }
}

/** Milliseconds by which clocks may differ. */
const MARGIN = 10;
