import type { OutputLimits } from '../settings.js';

/**
 * `client-output-buffer-limit` of one client: whether it has left too much unread, or for too long too much.
 */
export class OutputLimitCheck {
  /** Since when more is unread than the soft limit allows; 0: it is not. */
  private overSince = 0;

  /** `unread` bytes at the time `now`. A hard limit is never below `leastHard`. */
  isOver(limits: OutputLimits, type: keyof OutputLimits, unread: number, now: number, leastHard = 0): boolean {
    const { hard: said, soft, seconds } = limits[type] ?? UNLIMITED;
    const hard = said === 0 ? 0 : Math.max(said, leastHard);
    if (soft === 0 || unread < soft) this.overSince = 0;
    else if (this.overSince === 0) this.overSince = now;
    const tooLong = this.overSince > 0 && now - this.overSince > seconds * 1000;
    return tooLong || (hard > 0 && unread >= hard);
  }
}

const UNLIMITED = { hard: 0, soft: 0, seconds: 0 };
