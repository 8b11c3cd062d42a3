import type { Socket } from 'node:net';
import type { Config, StoreConfig } from '../../config/model.js';
import { unpackConfig } from '../../config/transfer.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import { problemsOfFile } from '../../lookups/lists/list-problems.js';
import { createWorkerLog, type Log } from '../../observe/log.js';
import { openConfigured } from '../../stores/factory.js';
import { openHosted } from '../../stores/hosted.js';
import { Daemon, type StoreOpener } from '../daemon.js';
import type { PreparedChange } from '../listeners.js';
import { type ListOpener, ListsRefused } from '../lists.js';
import { packageVersion } from '../version.js';
import type { MainCalls, Refusal, WorkerCalls, WorkerConfig, WorkerReport } from './calls.js';
import { Channel, type Port } from './channel.js';
import { GivenLists } from './given-list.js';
import { SharedMailMemory } from './mail-decisions.js';

export interface WorkerOptions {
  readonly id: number;
  /** The log is for people. */
  readonly pretty: boolean;
  readonly clock?: Clock;
  /** It has stopped, and said so. */
  readonly onStopped: () => void;
}

/** How often the main process is told what was counted. */
const TELL_EVERY = 1_000;

/**
 * A worker: the daemon without sockets and stores of its own. Connections come from the main process, and embedded
 * stores are there; everything else it has for itself.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #main: Channel<WorkerCalls, MainCalls>;
  #log: Log | undefined;
  #daemon: Daemon | undefined;
  #prepared: { readonly change: PreparedChange; readonly config: Config } | undefined;
  /** Where the embedded stores of the main process are. */
  #embedded: WorkerConfig['embedded'] = {};
  readonly #lists = new GivenLists((list) => this.#main.call('givenText', list));
  /** Those of the configuration that is prepared. */
  #listNumbers: WorkerConfig['lists'] = {};
  #closed: Record<string, number> = {};
  /** Of the change that is committed: resolves when no connection of a listener that it leaves out will come. */
  #departed: Promise<void> = Promise.resolve();
  /** What resolves it, of each change that waits. */
  readonly #departing: (() => void)[] = [];

  constructor(port: Port, options: WorkerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#main = new Channel<WorkerCalls, MainCalls>(port, {
      prepare: (asked) => this.#prepare(asked),
      commit: ({ departing }) => this.#commit(departing),
      departed: () => this.#depart(),
      abandon: () => this.#abandon(),
      accept: ({ listener, elsewhere }, socket) => this.#accept(listener, elsewhere, socket),
      readList: ({ list, text }) => this.#lists.read(list, text),
      useList: async ({ list, text }) => {
        await this.#lists.use(list, text);
        return null;
      },
      report: () => this.#report(),
      stop: () => this.#stop(),
    });
    this.#tellSoon();
  }

  async #prepare({ config: packed, embedded, lists }: WorkerConfig): Promise<Refusal | null> {
    const config = withoutData(unpackConfig(packed));
    this.#embedded = embedded;
    this.#listNumbers = lists;
    this.#log ??= createWorkerLog(config.log, this.#options);
    this.#daemon ??= this.#createDaemon(this.#log);
    try {
      this.#prepared = { config, change: await this.#daemon.prepare(config) };
      return null;
    } catch (error) {
      const problems =
        error instanceof ListsRefused ? error.refused.flatMap((refused) => problemsOfFile(config, refused)) : [];
      return { message: messageOf(error), problems };
    }
  }

  async #commit(departing: boolean): Promise<null> {
    if (this.#prepared === undefined || this.#log === undefined) throw new Error('nothing was prepared');
    this.#log.level = this.#prepared.config.log.level;
    this.#departed = departing ? new Promise((resolve) => this.#departing.push(resolve)) : Promise.resolve();
    this.#prepared.change.commit();
    this.#prepared = undefined;
    await this.#daemon?.settled();
    return null;
  }

  #depart(): null {
    this.#departing.shift()?.();
    return null;
  }

  async #abandon(): Promise<null> {
    await this.#prepared?.change.abandon();
    this.#prepared = undefined;
    return null;
  }

  /** Nothing was read from the socket yet, nor is before the answer to this call has been written. */
  #accept(listener: string, elsewhere: number, socket: Socket | undefined): null {
    if (socket === undefined || this.#daemon === undefined) return null;
    socket.allowHalfOpen = true;
    // As one that is accepted here: whoever serves it says when, and how, it reads.
    socket.pause();
    socket.once('close', () => this.#tellClosed(listener));
    this.#daemon.accept(listener, socket, elsewhere);
    return null;
  }

  async #report(): Promise<WorkerReport> {
    this.#tell();
    if (this.#daemon === undefined) throw new Error('it serves nothing yet');
    return { readiness: this.#daemon.health.report(), node: await this.#daemon.metrics.node.figures() };
  }

  async #stop(): Promise<null> {
    for (const depart of this.#departing.splice(0)) depart();
    await this.#daemon?.stop();
    this.#tell();
    setImmediate(this.#options.onStopped);
    return null;
  }

  #createDaemon(log: Log): Daemon {
    const clock = this.#clock;
    const openStore: StoreOpener = (store, observer) => {
      const dependencies = { clock, log, observer: () => observer };
      if (store.type !== 'embedded') return openConfigured(store, dependencies);
      return openHosted(store, this.#embedded[store.id] ?? '', dependencies);
    };
    const process = String(this.#options.id);
    const whole = {
      renderMetrics: () => this.#main.call('metrics', null),
      readiness: () => this.#main.call('readiness', null),
    };
    const departed = () => this.#departed;
    const openList: ListOpener = (list) => this.#lists.open(list, this.#listNumbers[list.id] ?? 0);
    const memory = (policy: string) => new SharedMailMemory(this.#main, policy);
    const version = packageVersion();
    return Daemon.idle({ log, clock, version, openStore, process, whole, memory, departed, openList });
  }

  #tellSoon(): void {
    this.#clock.schedule(TELL_EVERY, () => {
      this.#tell();
      this.#tellSoon();
    });
  }

  #tell(): void {
    const changes = this.#daemon?.takeCounts() ?? {};
    if (Object.keys(changes).length > 0) this.#main.tell('counted', changes);
  }

  #tellClosed(listener: string): void {
    if (Object.keys(this.#closed).length === 0) {
      setImmediate(() => {
        this.#main.tell('closed', this.#closed);
        this.#closed = {};
      });
    }
    this.#closed[listener] = (this.#closed[listener] ?? 0) + 1;
  }
}

/** The main process writes it into its stores. */
function withoutData(config: Config): Config {
  const bare = (store: StoreConfig): StoreConfig => (store.type === 'embedded' ? { ...store, data: new Map() } : store);
  return { ...config, stores: new Map([...config.stores].map(([id, store]) => [id, bare(store)])) };
}
