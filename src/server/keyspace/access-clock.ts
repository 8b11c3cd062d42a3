import type { Random } from '../../core/random.js';
import type { EvictionPolicy } from '../settings.js';
import type { Entries } from './entries.js';
import type { Ref } from './memory.js';

export interface AccessSettings {
  readonly maxMemoryPolicy: EvictionPolicy;
  readonly lfuLogFactor: number;
  readonly lfuDecayTime: number;
}

/**
 * How recently or how often each key is used, in the 24 bits that its entry has for it. Under the policies that
 * evict by frequency: minutes (16 bits) of the last change and a counter (8 bits) that rises the slower the
 * higher it is, and falls with time. Under all others: seconds of the last use. As in Redis, keys keep what
 * they have when the policy changes, whatever it means then.
 */
export class AccessClock {
  /** False while a client looks on that leaves no trace (CLIENT NO-TOUCH). */
  touching = true;
  private seconds = 0;
  private secondsAt = 0;
  private policy: EvictionPolicy | undefined;
  private byFrequency = false;

  constructor(
    private readonly settings: AccessSettings,
    private readonly random: Random,
  ) {}

  /** With the time, before each command. */
  update(now: number): void {
    if (this.settings.maxMemoryPolicy !== this.policy) {
      this.policy = this.settings.maxMemoryPolicy;
      this.byFrequency = this.policy.endsWith('lfu');
    }
    if (now - this.secondsAt >= 1000 || now < this.secondsAt) {
      this.secondsAt = now;
      this.seconds = Math.floor(now / 1000);
    }
  }

  /** The key is used, or new. */
  mark(entries: Entries, ref: Ref): void {
    if (this.byFrequency) this.count(entries, ref);
    else if (this.touching || entries.access(ref) === 0) entries.setAccess(ref, this.seconds & 0xffffff);
  }

  /** Milliseconds since the entry was last used. */
  idleTime(entries: Entries, ref: Ref): number {
    return ((this.seconds - entries.access(ref)) & 0xffffff) * 1000;
  }

  setIdleTime(entries: Entries, ref: Ref, milliseconds: number): void {
    entries.setAccess(ref, (this.seconds - Math.floor(milliseconds / 1000)) & 0xffffff);
  }

  /** The logarithmic counter, as far as it has fallen by now: 0 to 255. */
  frequency(entries: Entries, ref: Ref): number {
    const { lfuDecayTime } = this.settings;
    const access = entries.access(ref);
    const counter = access & 0xff;
    if (lfuDecayTime === 0) return counter;
    const elapsed = (this.minutes - (access >>> 8)) & 0xffff;
    return Math.max(0, counter - Math.floor(elapsed / lfuDecayTime));
  }

  setFrequency(entries: Entries, ref: Ref, counter: number): void {
    entries.setAccess(ref, (this.minutes << 8) | counter);
  }

  private get minutes(): number {
    return Math.floor(this.seconds / 60) & 0xffff;
  }

  private count(entries: Entries, ref: Ref): void {
    if (entries.access(ref) === 0) this.setFrequency(entries, ref, NEW_KEY);
    else if (this.touching) this.setFrequency(entries, ref, this.raised(this.frequency(entries, ref)));
  }

  private raised(counter: number): number {
    if (counter === 255) return counter;
    const chance = 1 / (Math.max(0, counter - NEW_KEY) * this.settings.lfuLogFactor + 1);
    return this.random.float() < chance ? counter + 1 : counter;
  }
}

/** What a key begins with, so that it is not evicted before it can be used. */
const NEW_KEY = 5;
