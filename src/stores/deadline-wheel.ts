import type { Cancel, Clock } from '../core/clock.js';

/** How coarse it is, in milliseconds: an entry may expire so much and once more too late. */
export const WHEEL_TICK = 25;
const SLOTS = 256;

/**
 * One coarse timer for all calls of a store instead of one timer per call, which would cost more than the
 * call itself. Entries hang in the slot of the tick they expire at; those further away than one turn of
 * the wheel wait for their round. It only turns while something hangs on it, and counts its own ticks: a
 * system clock that is set back delays nobody.
 */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #slots: (WheelEntry | undefined)[] = new Array<WheelEntry | undefined>(SLOTS).fill(undefined);
  #tick = 0;
  #size = 0;
  #lastTurn = 0;
  #stop: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls the entry's `expire` once, `ms` milliseconds from `now` (the clock's, which the caller has read
   * already) or up to two ticks later, unless it is removed.
   */
  add(entry: WheelEntry, ms: number, now: number): void {
    if (this.#stop === undefined) this.#start(now);
    // Counted from the last turn, which may be long ago when the process was busy.
    const sinceTurn = Math.max(0, now - this.#lastTurn);
    entry.dueTick = this.#tick + Math.ceil((sinceTurn + Math.max(0, ms)) / WHEEL_TICK) + 1;
    const slot = entry.dueTick % SLOTS;
    const head = this.#slots[slot];
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#slots[slot] = entry;
    entry.hanging = true;
    this.#size++;
  }

  remove(entry: WheelEntry): void {
    if (!entry.hanging) return;
    if (entry.previous === undefined) this.#slots[entry.dueTick % SLOTS] = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.next = entry.previous = undefined;
    entry.hanging = false;
    this.#size--;
  }

  /** Takes every entry off and cancels it. */
  clear(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      for (let entry = this.#slots[slot]; entry !== undefined; entry = this.#slots[slot]) {
        this.remove(entry);
        entry.cancel();
      }
    }
    this.#stop?.();
    this.#stop = undefined;
  }

  #start(now: number): void {
    this.#lastTurn = now;
    this.#stop = this.#clock.schedule(WHEEL_TICK, this.#turn);
  }

  readonly #turn = (): void => {
    this.#stop = undefined;
    const ticks = this.#ticksSinceLastTurn();
    for (let i = 0; i < ticks && this.#size > 0; i++) this.#expire(++this.#tick);
    if (this.#size > 0) this.#stop ??= this.#clock.schedule(WHEEL_TICK, this.#turn);
  };

  /** A timer that came late stands for several ticks, and what is left over counts for the next. */
  #ticksSinceLastTurn(): number {
    const elapsed = this.#clock.now() - this.#lastTurn;
    if (elapsed < 0) {
      // The clock was set back: this turn is all that is known.
      this.#lastTurn += elapsed;
      return 1;
    }
    const ticks = Math.floor(elapsed / WHEEL_TICK);
    this.#lastTurn += ticks * WHEEL_TICK;
    return ticks;
  }

  #expire(tick: number): void {
    const due: WheelEntry[] = [];
    for (let entry = this.#slots[tick % SLOTS]; entry !== undefined; entry = entry.next) {
      if (entry.dueTick <= tick) due.push(entry);
    }
    for (const entry of due) {
      // One that rang before it may have taken it off.
      if (!entry.hanging) continue;
      this.remove(entry);
      entry.expire();
    }
  }
}

/** What hangs on the wheel: extend it and say what its time's end and the wheel's end do. Its other fields belong to the wheel. */
export abstract class WheelEntry {
  dueTick = 0;
  hanging = false;
  next: WheelEntry | undefined = undefined;
  previous: WheelEntry | undefined = undefined;

  abstract expire(): void;
  abstract cancel(): void;
}
