import type { Config } from '../config/model.js';
import type { Health } from '../observe/health.js';
import type { ProcessMetrics } from '../observe/process.js';

/** The changes of a daemon's configuration: one after the other, counted, and none while it stops. */
export class Changes {
  readonly #health: Health;
  readonly #metrics: ProcessMetrics;
  #last: Promise<void> = Promise.resolve();

  constructor(health: Health, metrics: ProcessMetrics) {
    this.#health = health;
    this.#metrics = metrics;
  }

  /** Rejects as `change` does, or because the daemon stops. */
  async reload(readConfig: () => Config | Promise<Config>, change: (config: Config) => Promise<void>): Promise<void> {
    const changed = this.#last.then(async () => {
      if (this.#health.status === 'stopping') throw new Error('the daemon is stopping');
      await change(await readConfig());
    });
    this.#last = changed.catch(() => undefined);
    await changed.then(
      () => this.#metrics.reloaded('ok'),
      (error: unknown) => {
        this.#metrics.reloaded('failed');
        throw error;
      },
    );
  }

  /** Resolves when the change under way has ended. From now on there is no other. */
  async stop(): Promise<void> {
    this.#health.status = 'stopping';
    await this.#last;
  }
}
