import type { Config, EmbeddedStoreConfig, LinkedStoreConfig } from '../../config/model.js';
import { packConfig } from '../../config/transfer.js';
import { type Clock, sleep, systemClock } from '../../core/clock.js';
import { Health, type Readiness, storeState } from '../../observe/health.js';
import { forward, isPretty, type Log } from '../../observe/log.js';
import { Metrics } from '../../observe/metrics.js';
import type { LookupStore } from '../../stores/store.js';
import { Changes } from '../changes.js';
import { type DaemonOptions, graceFor } from '../daemon.js';
import { DAEMON_DEADLINE } from '../deadline.js';
import { observeLists } from '../list-events.js';
import { Listeners, type ListeningAddress, type PreparedListeners } from '../listeners.js';
import { closeAllBut, type OpenStores, openStores, seedStores } from '../open-stores.js';
import type { MainCalls, WorkerConfig, WorkerReport } from './calls.js';
import { MailDecisions } from './mail-decisions.js';
import { Pool, type PreparedWorkers } from './pool.js';
import { PrivateFolder } from './private-folder.js';
import { mergeReadiness } from './readiness.js';
import { type PreparedSharedLists, SharedLists } from './shared-lists.js';
import { spawnWorker, type WorkerProcess } from './worker-process.js';

export interface MainOptions extends Omit<DaemonOptions, 'openStore'> {
  readonly workers: number;
  /** Opens an embedded store that listens at `path` too. */
  readonly hostStore: (config: EmbeddedStoreConfig, path: string) => Promise<LookupStore>;
  readonly spawn?: typeof spawnWorker;
}

/** How long a worker may take to tell what it is like: then the others are shown without it. */
const REPORTS_WITHIN = 2_000;

/**
 * The main process of a daemon with workers. It binds every socket and has the embedded stores; workers get the
 * connections that it accepts, reach those stores over sockets in a folder of their own, and do all the rest.
 * What workers count is counted here, and what one of them is asked about the daemon is answered from here.
 */
export class MainProcess {
  readonly metrics: Metrics;
  readonly health = new Health();
  readonly #options: MainOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners: Listeners;
  readonly #pool: Pool;
  readonly #changes: Changes;
  readonly #decisions = new MailDecisions();
  readonly #lists: SharedLists;
  readonly #folder = new PrivateFolder();
  #config: Config | undefined;
  #stores: OpenStores = new Map();
  /** Where each of the stores listens. */
  readonly #paths = new WeakMap<LookupStore, string>();
  readonly #retiring = new Set<Promise<void>>();
  /** Of the changes so far: one after the other, as workers count them. */
  #departed: Promise<void> = Promise.resolve();
  /** Listeners that are gone from the configuration, with the connections that each may have: some may still come. */
  readonly #going = new Map<string, { readonly limit: number }>();

  private constructor(config: Config, options: MainOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log;
    this.metrics = new Metrics(options.version, 'main');
    this.#changes = new Changes(this.health, this.metrics.process);
    const counts = this.metrics.withWorkers();
    const spawn = options.spawn ?? spawnWorker;
    const pretty = isPretty(config.log);
    this.#pool = new Pool({
      count: options.workers,
      clock: this.#clock,
      log: this.#log,
      spawn: (id) => this.#spawn(spawn, id, pretty),
      onChange: (ready) => counts.running(ready),
      onExit: (worker, reason) => {
        this.metrics.forget(worker.id);
        this.#decisions.leave(worker);
        counts.exited(reason.startsWith('SIG') ? reason : 'exit');
      },
    });
    this.#lists = new SharedLists({
      clock: this.#clock,
      events: observeLists(this.metrics.lists, this.#log),
      folder: this.#folder,
      workers: () => this.#pool.all,
    });
    this.#listeners = new Listeners({
      log: this.#log,
      inherited: options.inherited,
      onConnection: (listener, socket) => this.#pool.handover.add(listener, socket),
    });
    this.health.stores = () => [...this.#stores].map(([id, { store }]) => healthOf(id, store));
  }

  /** Listens and starts the workers. Rejects with StoreError, BindError or WorkersRefused, leaving nothing behind. */
  static async start(config: Config, options: MainOptions): Promise<MainProcess> {
    const main = new MainProcess(config, options);
    try {
      await main.#change(config);
    } catch (error) {
      main.kill();
      throw error;
    }
    main.health.status = 'ready';
    return main;
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#listeners.addresses;
  }

  /** Rejects when no worker can be started any more. */
  get hopeless(): Promise<never> {
    return this.#pool.hopeless;
  }

  /** Goes over to another configuration, in all workers or in none; on an error the promise rejects. */
  reload(readConfig: () => Config | Promise<Config>): Promise<void> {
    return this.#changes.reload(readConfig, (config) => this.#change(config));
  }

  /** Stops accepting, lets the workers answer what they were asked, closes the stores. */
  async stop(): Promise<void> {
    await this.#changes.stop();
    this.#lists.close();
    const grace = this.#config === undefined ? DAEMON_DEADLINE : graceFor(this.#config);
    await this.#listeners.close();
    const late = new AbortController();
    const tooLate = sleep(this.#clock, grace, late.signal).catch(() => undefined);
    await Promise.race([this.#pool.handover.empty(), tooLate]);
    late.abort();
    this.#pool.handover.close();
    await this.#pool.stop(grace + LAST_WORDS);
    await closeAllBut(this.#stores, new Map());
    await Promise.all(this.#retiring);
    this.#folder.remove();
  }

  /** Ends the workers at once. */
  kill(): void {
    this.#pool.kill();
    this.#folder.remove();
  }

  async #change(config: Config): Promise<void> {
    const listeners = await this.#listeners.prepare(config);
    const running = this.#stores;
    let stores: OpenStores = running;
    try {
      if (this.#config === undefined) await this.#options.afterBinding?.();
      stores = await this.#host(config, running);
      const lists = this.#lists.prepare(config);
      const commit = await this.#prepareWorkers(config, stores, lists, () => seedStores(stores, running));
      const previous = this.#config;
      this.#config = config;
      this.#stores = stores;
      // What those that go accept in the end is served too.
      const going = this.#letGo(previous, config);
      const limits = new Map([...[...this.#going].map(([id, { limit }]) => [id, limit] as const), ...limitsOf(config)]);
      this.#pool.handover.setLimits(limits, [...this.#going.keys()]);
      const retired = commit(() => this.#depart(listeners, going)).then(() => closeAllBut(running, stores));
      this.#retiring.add(retired);
      void retired.finally(() => this.#retiring.delete(retired));
      lists.commit();
    } catch (error) {
      await listeners.abandon();
      await closeAllBut(stores, running);
      throw error;
    }
  }

  /** Notes what goes with this configuration, and answers it; what went with one before may still be going. */
  #letGo(previous: Config | undefined, config: Config): Going {
    for (const id of config.listeners.keys()) this.#going.delete(id);
    const gone = [...limitsOf(previous)].filter(([id]) => !config.listeners.has(id));
    const going = new Map(gone.map(([id, limit]) => [id, { limit }]));
    for (const [id, it] of going) this.#going.set(id, it);
    return going;
  }

  /** Resolves when workers have every connection of the listeners that go. */
  #depart(listeners: PreparedListeners, going: Going): Promise<void> {
    const passed = listeners
      .commit()
      .then(() => this.#pool.handover.passed([...going.keys()]))
      .then(() => {
        for (const [id, it] of going) if (this.#going.get(id) === it) this.#going.delete(id);
      });
    this.#departed = this.#departed.then(() => passed);
    return this.#departed;
  }

  /** The embedded stores of a configuration, each with a socket for the workers. */
  #host(config: Config, running: OpenStores): Promise<OpenStores> {
    const embedded = new Map([...config.stores].filter(([, { type }]) => type === 'embedded'));
    const open = async (store: LinkedStoreConfig) => {
      const path = await this.#folder.next('sock');
      const opened = await this.#options.hostStore(
        { ...(store as EmbeddedStoreConfig), deadline: store.deadline ?? DAEMON_DEADLINE },
        path,
      );
      this.#paths.set(opened, path);
      return opened;
    };
    return openStores({ ...config, stores: embedded }, running, open, this.#clock);
  }

  /** Makes all of them ready, then writes the stores' data: what remains cannot fail. */
  async #prepareWorkers(
    config: Config,
    stores: OpenStores,
    { numbers }: PreparedSharedLists,
    seed: () => Promise<void>,
  ): Promise<PreparedWorkers['commit']> {
    const workerConfig: WorkerConfig = {
      config: packConfig(config),
      embedded: Object.fromEntries([...stores].map(([id, { store }]) => [id, this.#paths.get(store) ?? ''])),
      lists: numbers,
    };
    if (this.#config === undefined) {
      await seed();
      await this.#pool.start(workerConfig);
      return (depart) => depart();
    }
    const { commit, abandon } = await this.#pool.prepare(workerConfig);
    await seed().catch((error: unknown) => {
      abandon();
      throw error;
    });
    return commit;
  }

  #spawn(spawn: typeof spawnWorker, id: number, pretty: boolean): WorkerProcess {
    const worker: WorkerProcess = spawn({
      id,
      pretty,
      handlers: {
        closed: (counts: MainCalls['closed']['asked']) => {
          this.#pool.handover.closed(worker, counts);
          return null;
        },
        counted: (changes: MainCalls['counted']['asked']) => {
          this.metrics.absorb(id, changes, this.#pool.ready[0] === worker);
          return null;
        },
        metrics: () => this.#renderMetrics(),
        givenText: (list: number) => this.#lists.current(list),
        readiness: () => this.#readiness(),
        recall: (mail: string) => this.#decisions.recall(mail, worker),
        decided: ({ mail, decision }: MainCalls['decided']['asked']) => {
          this.#decisions.decided(mail, decision);
          return null;
        },
      },
      onLine: (line) => forward(this.#log, id, line),
    });
    return worker;
  }

  async #renderMetrics(): Promise<MainCalls['metrics']['answered']> {
    const reports = await this.#reports();
    const text = await this.metrics.render(reports.map(({ node }) => node));
    return { contentType: this.metrics.contentType, text };
  }

  async #readiness(): Promise<Readiness> {
    const reports = await this.#reports();
    return mergeReadiness(
      this.health.report(),
      reports.map(({ readiness }) => readiness),
    );
  }

  async #reports(): Promise<WorkerReport[]> {
    const late = new AbortController();
    const missing = sleep(this.#clock, REPORTS_WITHIN, late.signal).then(nothing, nothing);
    const asked = this.#pool.ready.map(({ calls }) =>
      Promise.race([calls.call('report', null).catch(nothing), missing]),
    );
    const reports = await Promise.all(asked);
    late.abort();
    return reports.filter((report) => report !== undefined);
  }
}

/** Beyond the workers' own bound, what they may take to say that they are done. */
const LAST_WORDS = 1_000;

type Going = ReadonlyMap<string, { readonly limit: number }>;

function limitsOf(config: Config | undefined): ReadonlyMap<string, number> {
  return new Map([...(config?.listeners.values() ?? [])].map(({ id, limits }) => [id, limits.maxConnections]));
}

function healthOf(id: string, store: LookupStore) {
  const { nodes } = store.topology();
  return {
    store: id,
    state: storeState(nodes),
    nodes: nodes.map(({ name, role, status }) => ({ node: name, role, status })),
  };
}

function nothing(): undefined {
  return undefined;
}
