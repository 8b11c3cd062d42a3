import type { Clock } from '../core/clock.js';
import type { Log } from './log.js';

/** One line per thing that fails and this long, however many lookups fail. */
const QUIET_TIME = 10_000;

export type Subject = Readonly<Record<string, string>>;

interface Said {
  readonly subject: Subject;
  readonly what: string;
  /** Of the last one that was not logged. */
  details: Details;
  unsaid: number;
}

type Details = { readonly reason: string; readonly err?: unknown } | { readonly ms: number };

/**
 * Logs failures, and what takes long, without flooding: the first one at once, then one line at the end of every
 * `QUIET_TIME` in which there were more, with the last of them and how many there were. Subjects are names of the
 * configuration, so there are few.
 */
export class FailureLog {
  /** Milliseconds from which on something is slow; 0: nothing is. */
  slowFrom = 0;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #quiet = new Map<string, Said>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `what` is the line's message. With a fault of the program itself it is an error, and shows its stack. */
  failed(subject: Subject, what: string, reason: string, fault?: unknown): void {
    this.#say(subject, what, fault === undefined ? { reason } : { reason, err: fault });
  }

  /** Something of the kind `what` has ended; logged when it was slow. */
  took(subject: Subject, what: string, ms: number): void {
    if (this.slowFrom > 0 && ms >= this.slowFrom) this.#say(subject, `slow ${what}`, { ms: Math.round(ms) });
  }

  /** Says now what was not said yet. */
  flush(): void {
    for (const said of this.#quiet.values()) this.#summarize(said);
  }

  #say(subject: Subject, what: string, details: Details): void {
    const name = JSON.stringify([subject, what]);
    const said = this.#quiet.get(name);
    if (said !== undefined) {
      said.unsaid++;
      said.details = details;
      return;
    }
    this.#write({ ...subject, ...details }, what);
    this.#quiet.set(name, { subject, what, details, unsaid: 0 });
    this.#endQuietLater(name);
  }

  #endQuietLater(name: string): void {
    this.#clock.schedule(QUIET_TIME, () => {
      const said = this.#quiet.get(name);
      if (said === undefined || said.unsaid === 0) {
        this.#quiet.delete(name);
        return;
      }
      this.#summarize(said);
      this.#endQuietLater(name);
    });
  }

  #summarize(said: Said): void {
    if (said.unsaid === 0) return;
    this.#write({ ...said.subject, ...said.details, times: said.unsaid }, said.what);
    said.unsaid = 0;
  }

  #write(line: object, what: string): void {
    if ('err' in line) this.#log.error(line, what);
    else this.#log.warn(line, what);
  }
}
