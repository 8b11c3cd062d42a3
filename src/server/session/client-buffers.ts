/**
 * How large a client's buffers are: for commands that it sends (grows with what arrives, trimmed when it is idle or sends
 * less) and for replies (between 1 and 16 KiB, doubled while replies fill it, halved while they do not). The rules and
 * sizes are Redis's; CLIENT LIST tells them and `maxmemory-clients` counts them.
 */
export class ClientBuffers {
  /** Bytes held for reading; none before the first command and after a while without any. */
  query = 0;
  private queryPeak = 0;
  reply = REPLY_LARGEST;
  replyPeak = 0;
  private peakResetAt: number;

  constructor(now: number) {
    this.peakResetAt = now;
  }

  get queryNeedsTrim(): boolean {
    return this.query > 0;
  }

  /** `pending` bytes of commands wait in a buffer of `capacity`. */
  received(pending: number, capacity: number): void {
    this.query = Math.max(this.query, READ_SIZE, capacity);
    this.queryPeak = Math.max(this.queryPeak, pending);
  }

  replied(length: number): void {
    if (length > this.replyPeak) this.replyPeak = Math.min(length, this.reply);
  }

  /** About once a second. `needed`: bytes that wait, or that the argument being read will have. */
  resize(now: number, idle: number, needed: number, tuning: ReplyBufferTuning): void {
    this.resizeQuery(idle, needed);
    if (tuning.resizing) this.resizeReply();
    if (tuning.resizing && tuning.peakResetTime >= 0 && now - this.peakResetAt >= tuning.peakResetTime) {
      this.replyPeak = 0;
      this.peakResetAt = now;
    }
  }

  private resizeQuery(idle: number, needed: number): void {
    if (this.query - needed > QUERY_WASTE) {
      if (idle > QUERY_IDLE) this.query = needed;
      else if (this.query > QUERY_LARGE && this.query / 2 > this.queryPeak) {
        this.query = Math.max(needed, this.queryPeak);
      }
    }
    this.queryPeak = needed;
  }

  private resizeReply(): void {
    const half = this.reply / 2;
    if (half >= REPLY_SMALLEST && this.replyPeak < half) this.reply = Math.max(REPLY_SMALLEST, this.replyPeak + 1);
    else if (this.reply * 2 < REPLY_LARGEST * 2 && this.replyPeak === this.reply) {
      this.reply = Math.min(REPLY_LARGEST, this.reply * 2);
    }
  }
}

/** DEBUG REPLYBUFFER. */
export interface ReplyBufferTuning {
  resizing: boolean;
  /** Milliseconds after which the largest reply is forgotten; negative: never. */
  peakResetTime: number;
}

export const DEFAULT_PEAK_RESET_TIME = 5_000;
const REPLY_LARGEST = 16 * 1024;
const REPLY_SMALLEST = 1024;
/** What one read takes. */
const READ_SIZE = 20_474;
const QUERY_LARGE = 32 * 1024;
const QUERY_WASTE = 4 * 1024;
/** Milliseconds. */
const QUERY_IDLE = 2_000;
