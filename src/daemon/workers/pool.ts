import type { Clock } from '../../core/clock.js';
import { sleep } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import type { Log } from '../../observe/log.js';
import type { Refusal, WorkerConfig } from './calls.js';
import { Handover } from './handover.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker that was ready for so long was well: the next one starts at once. */
const WELL = 1_000;
const SHORTEST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/** So many starts in a row that failed, while nobody serves, and it is given up. */
const HOPELESS = 6;

/** Longest time of a worker to become ready, or to prepare a configuration. */
const PREPARES_WITHIN = 60_000;

export interface PoolOptions {
  readonly count: number;
  readonly spawn: (id: number) => WorkerProcess;
  readonly clock: Clock;
  readonly log: Log;
  /** Told whenever a worker has come or gone. */
  readonly onChange: (ready: number) => void;
  readonly onExit: (worker: WorkerProcess, reason: string) => void;
}

export interface PreparedWorkers {
  /**
   * Resolves when nothing is under way on what was before. `depart` is called at once, and resolves when no connection
   * of a listener that is left out will come any more.
   */
  commit(depart: () => Promise<void>): Promise<void>;
  abandon(): void;
}

/** Workers refuse a configuration: nothing has changed. */
export class WorkersRefused extends Error {
  override readonly name = 'WorkersRefused';

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/**
 * The worker processes. All of them go over to another configuration, or none; one that ends is replaced, at once
 * unless its forerunners ended at once too, and the new one serves what the others serve.
 */
export class Pool {
  readonly handover = new Handover();
  /** Rejects when no worker can be started any more. */
  readonly hopeless: Promise<never>;
  readonly #options: PoolOptions;
  readonly #ready = new Map<number, WorkerProcess>();
  readonly #starting = new Set<WorkerProcess>();
  #config: WorkerConfig | undefined;
  /** Resolves when the configuration that is being prepared holds, or is given up. */
  #changing: Promise<void> | undefined;
  #stopping = false;
  #failedStarts = 0;
  #giveUp: (error: Error) => void = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    this.hopeless = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    this.hopeless.catch(() => undefined);
  }

  /** Those that serve, in their order. */
  get ready(): readonly WorkerProcess[] {
    return [...this.#ready.values()].sort((a, b) => a.id - b.id);
  }

  /** All there are, also those that do not serve yet. */
  get all(): readonly WorkerProcess[] {
    return [...this.#ready.values(), ...this.#starting].filter((worker, i, all) => all.indexOf(worker) === i);
  }

  /** Starts all of them. Rejects with WorkersRefused, or when one cannot be started; then all are ended. */
  async start(config: WorkerConfig): Promise<void> {
    this.#config = config;
    const ids = Array.from({ length: this.#options.count }, (_, i) => i + 1);
    const started = await Promise.allSettled(ids.map((id) => this.#startOne(id)));
    const failed = started.find((end) => end.status === 'rejected');
    if (failed === undefined) return;
    this.kill();
    throw failed.reason;
  }

  /** Rejects with WorkersRefused, and then nothing has happened. */
  async prepare(config: WorkerConfig): Promise<PreparedWorkers> {
    const asked = this.ready;
    const settle = this.#beginChange();
    const refusals = await Promise.all(asked.map((worker) => this.#prepareOne(worker, config).catch(gone)));
    const refusal = refusals.find((one) => one !== null);
    const abandon = () => {
      settle();
      for (const { calls } of asked) void calls.call('abandon', null).catch(gone);
    };
    if (refusal !== undefined) {
      abandon();
      throw new WorkersRefused(refusal);
    }
    const commit = async (depart: () => Promise<void>) => {
      this.#config = config;
      settle();
      const committed = asked.map(({ calls }) => calls.call('commit', { departing: true }).catch(gone));
      await depart();
      await Promise.all(asked.map(({ calls }) => calls.call('departed', null).catch(gone)));
      await Promise.all(committed);
    };
    return { commit, abandon };
  }

  /** Lets them answer what they were asked, at most `grace` milliseconds. */
  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#starting) worker.kill();
    const late = new AbortController();
    const workers = this.ready;
    const stopped = Promise.all(workers.map((worker) => stopOne(worker)));
    await Promise.race([stopped, sleep(this.#options.clock, grace, late.signal).catch(gone)]);
    late.abort();
    this.kill();
    await Promise.all(workers.map(({ ended }) => ended));
  }

  /** Ends all of them at once. */
  kill(): void {
    this.#stopping = true;
    for (const worker of [...this.#ready.values(), ...this.#starting]) worker.kill();
  }

  /** A worker that is ready: it has the configuration that holds. Rejects when that cannot be. */
  async #startOne(id: number): Promise<void> {
    const worker = this.#options.spawn(id);
    this.#starting.add(worker);
    try {
      await this.#bringUp(worker);
    } catch (error) {
      worker.kill();
      await worker.ended;
      throw error;
    } finally {
      this.#starting.delete(worker);
    }
    this.handover.join(worker);
    this.#options.log.info({ worker: id, pid: worker.pid }, 'worker ready');
    this.#options.onChange(this.#ready.size);
    const since = this.#options.clock.now();
    void worker.ended.then((reason) => this.#lost(worker, reason, this.#options.clock.now() - since));
  }

  /** What begins with it asks those that are ready now. Returns what ends it. */
  #beginChange(): () => void {
    let settle = () => {};
    this.#changing = new Promise((resolve) => {
      settle = () => {
        this.#changing = undefined;
        resolve();
      };
    });
    return settle;
  }

  /** Makes it ready: with the configuration that holds, and for every change that begins from now on. */
  async #bringUp(worker: WorkerProcess): Promise<void> {
    let has: WorkerConfig | undefined;
    // Another configuration may have come while it started.
    while (has !== this.#config) {
      has = this.#config as WorkerConfig;
      const refusal = await this.#prepareOne(worker, has);
      if (refusal !== null) throw new WorkersRefused(refusal);
      await worker.calls.call('commit', { departing: false });
      // The others are being asked about another one, and this one was not: it waits for what comes of it.
      while (this.#changing !== undefined) await this.#changing;
    }
    this.#ready.set(worker.id, worker);
  }

  async #prepareOne(worker: WorkerProcess, config: WorkerConfig): Promise<Refusal | null> {
    const late = new AbortController();
    const refused = sleep(this.#options.clock, PREPARES_WITHIN, late.signal).then(
      () => ({ message: `worker ${worker.id} is not ready after ${PREPARES_WITHIN} ms`, problems: [] }),
      gone,
    );
    try {
      return await Promise.race([worker.calls.call('prepare', config), refused]);
    } finally {
      late.abort();
    }
  }

  #lost(worker: WorkerProcess, reason: string, lived: number): void {
    this.#ready.delete(worker.id);
    this.handover.leave(worker);
    this.#options.onChange(this.#ready.size);
    if (this.#stopping) return;
    this.#options.onExit(worker, reason);
    this.#options.log.error({ worker: worker.id, reason }, 'a worker has ended and is replaced');
    void this.#replace(worker.id, lived >= WELL ? 0 : 1);
  }

  async #replace(id: number, quickEnds: number): Promise<void> {
    for (let ends = quickEnds; !this.#stopping; ends++) {
      if (ends > 0) await sleep(this.#options.clock, Math.min(SHORTEST_WAIT * 2 ** (ends - 1), LONGEST_WAIT));
      if (this.#stopping) return;
      try {
        await this.#startOne(id);
        this.#failedStarts = 0;
        return;
      } catch (error) {
        if (!this.#stopping) this.#startFailed(id, error);
      }
    }
  }

  #startFailed(id: number, error: unknown): void {
    const reason = messageOf(error);
    this.#options.log.error({ worker: id, reason }, 'a worker cannot be started: it is tried again');
    this.#failedStarts++;
    if (this.#ready.size === 0 && this.#failedStarts >= HOPELESS) this.#giveUp(new Error('no worker can be started'));
  }
}

async function stopOne(worker: WorkerProcess): Promise<void> {
  await worker.calls.call('stop', null).catch(gone);
  await worker.ended;
}

/** Who has ended has nothing to say any more: it is replaced. */
function gone(): null {
  return null;
}
