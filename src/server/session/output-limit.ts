import type { OutputLimits, Settings } from '../settings.js';
import type { Session } from './session.js';

/**
 * `client-output-buffer-limit` of one client: whether it has left too much unread, or for too long too much.
 */
export class OutputLimitCheck {
  /** Since when more is unread than the soft limit allows; 0: it is not. */
  private overSince = 0;
  /** Bytes of the longest reply that is on its way. */
  private reply = 0;

  constructor(
    private readonly session: Pick<Session, 'replica' | 'subscriptions'>,
    private readonly settings: Pick<Settings, 'outputLimit' | 'outputLimits' | 'backlogSize'>,
  ) {}

  /** What a reply may have at most: as much as the hard limit leaves, or a length that no usual reply has. */
  mostReply(unsent: number): number {
    const { hard } = this.settings.outputLimits[this.type] ?? UNLIMITED;
    return hard === 0 ? LONGEST_REPLY : Math.max(0, hard - unsent);
  }

  /** A reply of so many bytes went out, of which and of those before it `unsent` bytes are on their way. */
  replied(length: number, unsent: number): void {
    this.reply = unsent === 0 ? 0 : Math.max(this.reply, length);
  }

  /** Whether the client has left more unread than its class may: `unsent` bytes, and `more` that follow at `now`. */
  isOver(unsent: number, more: number, now: number): boolean {
    const { settings, type } = this;
    // A long reply may take its time: nothing more is read from who has one to take. Messages come whether they are read or not.
    if (unsent - this.reply > settings.outputLimit) return true;
    const { hard: said, soft, seconds } = settings.outputLimits[type] ?? UNLIMITED;
    // What the backlog holds is no burden.
    const hard = said === 0 ? 0 : Math.max(said, type === 'slave' ? settings.backlogSize : 0);
    const unread = unsent + more;
    if (soft === 0 || unread < soft) this.overSince = 0;
    else if (this.overSince === 0) this.overSince = now;
    const tooLong = this.overSince > 0 && now - this.overSince > seconds * 1000;
    return tooLong || (hard > 0 && unread >= hard);
  }

  private get type(): keyof OutputLimits {
    if (this.session.replica?.isAttached) return 'slave';
    return this.session.subscriptions > 0 ? 'pubsub' : 'normal';
  }
}

const UNLIMITED = { hard: 0, soft: 0, seconds: 0 };
/** A value of 512 MiB, and as much again. */
const LONGEST_REPLY = 1024 * 1024 * 1024;
