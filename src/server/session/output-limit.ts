import type { OutputLimits } from '../settings.js';

/**
 * `client-output-buffer-limit` of one client: whether it has left too much unread, or for too long too much.
 */
export class OutputLimitCheck {
  /** Since when more is unread than the soft limit allows; 0: it is not. */
  private overSince = 0;

  /** `unread` bytes at the time `now`. */
  isOver(limits: OutputLimits, type: keyof OutputLimits, unread: number, now: number): boolean {
    const { hard, soft, seconds } = limits[type] ?? UNLIMITED;
    if (soft === 0 || unread < soft) this.overSince = 0;
    else if (this.overSince === 0) this.overSince = now;
    const tooLong = this.overSince > 0 && now - this.overSince > seconds * 1000;
    return tooLong || (hard > 0 && unread >= hard);
  }
}

const UNLIMITED = { hard: 0, soft: 0, seconds: 0 };
