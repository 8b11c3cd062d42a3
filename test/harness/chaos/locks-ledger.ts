import type { Lock } from '../../../src/stores/store.js';

interface Held {
  readonly fence: bigint;
  /** Until then it surely is held, in `performance.now()`. */
  readonly until: number;
  readonly promotions: number;
}

/** Who holds which lock, as the holders know it: nobody may get one that another still holds. */
export class LocksLedger {
  acquired = 0;
  /** Two at once though no primary was replaced. */
  twice = 0;
  /** Two at once since the first one's acquisition was lost with its primary. */
  twiceAcross = 0;
  /** Of those, later holders whose fence does not tell them from the first. */
  notToldApart = 0;
  private readonly held = new Map<string, Held>();

  /** `promotions`: as of before it was asked for, at `asked`. */
  taken(name: string, { fence }: Lock, asked: number, ttl: number, promotions: number, promotionsNow: number): void {
    this.acquired++;
    const until = asked + ttl - MARGIN;
    // The answer was so late that it may be another's by now.
    if (until < performance.now()) return;
    const other = this.held.get(name);
    if (other !== undefined && other.until > performance.now()) {
      if (other.promotions === promotionsNow) this.twice++;
      else {
        this.twiceAcross++;
        if (fence <= other.fence) this.notToldApart++;
      }
    }
    this.held.set(name, { fence, until, promotions });
  }

  /** About to be given back. */
  left(name: string, { fence }: Lock): void {
    if (this.held.get(name)?.fence === fence) this.held.delete(name);
  }
}

/** Milliseconds by which clocks may differ. */
const MARGIN = 10;
