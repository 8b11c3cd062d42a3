import type { Clock } from '../core/clock.js';
import type { Log } from './log.js';

/** One line per thing that fails and this long, however many lookups fail. */
const QUIET_TIME = 10_000;

/**
 * Logs failures without flooding: the first one at once, then one line per `QUIET_TIME` that says how many
 * were not logged. Subjects are names of the configuration, so there are few.
 */
export class FailureLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #subjects = new Map<string, { quietUntil: number; unsaid: number }>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `what` is the line's message. With a fault of the program itself it is an error, and shows its stack. */
  failed(subject: Readonly<Record<string, string>>, what: string, reason: string, fault?: unknown): void {
    const name = JSON.stringify([subject, what]);
    const now = this.#clock.now();
    const said = this.#subjects.get(name);
    if (said !== undefined && now < said.quietUntil) {
      said.unsaid++;
      return;
    }
    const unsaid = said?.unsaid ?? 0;
    this.#subjects.set(name, { quietUntil: now + QUIET_TIME, unsaid: 0 });
    const details = { ...subject, reason, ...(unsaid > 0 ? { notLogged: unsaid } : {}) };
    if (fault === undefined) this.#log.warn(details, what);
    else this.#log.error({ ...details, err: fault }, what);
  }
}
