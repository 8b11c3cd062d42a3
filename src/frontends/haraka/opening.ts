import type { Clock } from '../../core/clock.js';

/** How long a failure is told to whoever asks, before it is tried again; in milliseconds. */
export const RETRY_AFTER = 1_000;

/** Something that is opened once, by the first who asks; what fails to open is tried again, a second later at the earliest. */
export class Opening<T extends { close(): Promise<void> }> {
  #opened: Promise<T> | undefined;

  constructor(
    private readonly start: () => Promise<T>,
    private readonly clock: Clock,
  ) {}

  open(): Promise<T> {
    if (this.#opened === undefined) {
      this.#opened = this.start();
      this.#opened.catch(() => this.clock.schedule(RETRY_AFTER, () => (this.#opened = undefined)));
    }
    return this.#opened;
  }

  /** Closes what is open. Never rejects. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close().catch(() => undefined);
  }
}
