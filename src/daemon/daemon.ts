import type { Socket } from 'node:net';
import type { Config, LinkedStoreConfig, ListenerConfig } from '../config/model.js';
import { type Clock, systemClock } from '../core/clock.js';
import type { FrontendContext, Serving } from '../frontends/frontend.js';
import { ServedEndpoint } from '../frontends/served-endpoint.js';
import { ServedPolicies } from '../frontends/served-policies.js';
import { ServedStores } from '../frontends/served-stores.js';
import type { LookupCache } from '../lookups/cache.js';
import { buildPolicies } from '../lookups/policies/build.js';
import type { MailMemory } from '../lookups/policies/mail-memory.js';
import type { Policy } from '../lookups/policies/policy.js';
import type { InheritedSockets } from '../net/inherited.js';
import { FailureLog } from '../observe/failure-log.js';
import { Health, storeState } from '../observe/health.js';
import type { Log } from '../observe/log.js';
import { Metrics } from '../observe/metrics.js';
import type { Changes as CellChanges } from '../observe/sharing.js';
import type { StoreNode } from '../observe/stores.js';
import type { StoreObserver } from '../stores/observer.js';
import type { LookupStore } from '../stores/store.js';
import { Changes } from './changes.js';
import { DAEMON_DEADLINE } from './deadline.js';
import { buildDicts, servedDicts } from './dicts.js';
import { observeLists } from './list-events.js';
import { Listeners, type ListeningAddress, type PreparedChange, type PreparedListeners } from './listeners.js';
import { type ListOpener, Lists, type PreparedLists } from './lists.js';
import { buildCache, buildMaps, servedMaps } from './maps.js';
import { closeAllBut, type OpenStores, openStores, seedStores } from './open-stores.js';
import { Services } from './services.js';
import { observeStore } from './store-events.js';

export type StoreOpener = (config: LinkedStoreConfig, observer: StoreObserver) => Promise<LookupStore>;

export interface DaemonOptions {
  readonly log: Log;
  readonly version: string;
  readonly openStore: StoreOpener;
  readonly clock?: Clock;
  readonly inherited?: InheritedSockets;
  /** Called once, when the sockets of the start are bound and nothing else is opened. */
  readonly afterBinding?: () => Promise<void>;
}

/** A daemon that is one of several processes: connections come from another one, which speaks for all of them. */
export interface PartOptions extends DaemonOptions {
  /** Which one it is. */
  readonly process: string;
  readonly whole: Pick<FrontendContext, 'renderMetrics' | 'readiness'>;
  /** Of a policy that decides once about a mail, whichever process is asked. */
  readonly memory: (policy: string) => MailMemory;
  /** Asked at each change: resolves when no connection comes any more of a listener that it leaves out. */
  readonly departed: () => Promise<void>;
  /** Lists that another process fetches. */
  readonly openList: ListOpener;
}

/** Everything one configuration gave life to, apart from the listeners, which outlive it. */
interface Generation {
  readonly config: Config;
  readonly stores: OpenStores;
  readonly servings: readonly Serving[];
  readonly caches: ReadonlyMap<string, LookupCache>;
}

/** Beyond the longest deadline of a store, what writing the last answers may take. */
const LAST_WRITES = 1_000;

/**
 * The daemon: stores, maps and listeners of one configuration, and the way from one configuration to the
 * next. Starting and reloading are all or nothing; stopping answers what was asked first.
 */
export class Daemon {
  readonly metrics: Metrics;
  readonly health = new Health();
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #openStore: StoreOpener;
  readonly #failures: FailureLog;
  readonly #version: string;
  readonly #lists: Lists;
  readonly #services: Services;
  readonly #listeners: Listeners;
  readonly #afterBinding: DaemonOptions['afterBinding'];
  #current: Generation | undefined;
  /** Configurations that were replaced and whose last lookups are not over. */
  readonly #retiring = new Set<Promise<void>>();
  readonly #changes: Changes;

  readonly #whole: PartOptions['whole'] | undefined;
  readonly #memory: PartOptions['memory'] | undefined;
  readonly #departed: PartOptions['departed'] | undefined;

  private constructor(options: DaemonOptions | PartOptions) {
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#openStore = options.openStore;
    this.#version = options.version;
    const part = 'whole' in options ? options : undefined;
    this.#whole = part?.whole;
    this.#memory = part?.memory;
    this.#departed = part?.departed;
    this.metrics = new Metrics(options.version, part?.process);
    this.#changes = new Changes(this.health, this.metrics.process);
    this.#failures = new FailureLog(this.#log, this.#clock);
    this.#lists = new Lists(this.#clock, observeLists(this.metrics.lists, this.#log), part?.openList);
    this.#services = new Services(this.#frontendContext());
    this.#listeners = new Listeners({
      log: this.#log,
      inherited: options.inherited,
      onConnection: (listener, socket) => this.#services.accept(listener, socket),
    });
    this.#afterBinding = options.afterBinding;
    this.health.stores = () => [...(this.#current?.stores.keys() ?? [])].map((id) => this.#storeHealth(id));
    this.health.lists = () => this.#lists.health();
  }

  /** Listens and opens the stores. Rejects with StoreError, BindError or ListsRefused, leaving nothing open. */
  static async start(config: Config, options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    await daemon.#change(config);
    return daemon;
  }

  /** One that has no configuration yet: `prepare` gives it the first one. */
  static idle(options: PartOptions): Daemon {
    return new Daemon(options);
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#listeners.addresses;
  }

  /** Goes over to another configuration; on an error everything stays as it was and the promise rejects. */
  reload(readConfig: () => Config | Promise<Config>): Promise<void> {
    return this.#changes.reload(readConfig, (config) => this.#change(config));
  }

  /** Stops accepting, answers what was asked, closes the stores. Bounded by the longest deadline of a store. */
  async stop(): Promise<void> {
    await this.#changes.stop();
    const { stores } = this.#current ?? { stores: new Map() };
    await this.#listeners.close();
    await this.#services.stop(this.#grace());
    this.#lists.close();
    await closeAllBut(stores, new Map());
    await Promise.all(this.#retiring);
    this.#failures.flush();
  }

  /** A connection that another process has accepted. `elsewhere`: how many of its listener others have. */
  accept(listener: string, socket: Socket, elsewhere: number): void {
    this.#services.accept(listener, socket, elsewhere);
  }

  /** What was counted since this was last asked. */
  takeCounts(): CellChanges {
    this.#showGauges();
    return this.metrics.takeChanges();
  }

  /** Resolves when nothing is under way on configurations that were replaced. */
  async settled(): Promise<void> {
    await Promise.all(this.#retiring);
  }

  async #change(config: Config): Promise<void> {
    const change = await this.prepare(config);
    change.commit();
  }

  /** Makes another configuration possible: unless it is committed, nothing has happened. */
  async prepare(config: Config): Promise<PreparedChange> {
    const listeners = await this.#prepareListeners(config);
    try {
      if (this.#current === undefined) await this.#afterBinding?.();
      return await this.#open(config, listeners);
    } catch (error) {
      await listeners.abandon();
      throw error;
    }
  }

  /** A part of a daemon has none of its own. */
  #prepareListeners(config: Config): Promise<PreparedListeners> {
    if (this.#departed === undefined) return this.#listeners.prepare(config);
    return Promise.resolve({ commit: this.#departed, abandon: () => Promise.resolve() });
  }

  /** Opens what stands behind the listeners. */
  async #open(config: Config, listeners: PreparedListeners): Promise<PreparedChange> {
    const running = this.#current?.stores ?? new Map();
    const lists = await this.#lists.prepare(config);
    let stores: OpenStores = running;
    const close = async () => {
      lists.abandon();
      await closeAllBut(stores, running);
    };
    try {
      stores = await openStores(config, running, (store) => this.#openOne(store), this.#clock);
      const next = this.#compose(config, stores, lists);
      await seedStores(stores, running);
      const abandon = async () => {
        await listeners.abandon();
        await close();
      };
      return { commit: () => this.#commit(next, lists, listeners), abandon };
    } catch (error) {
      await close();
      throw error;
    }
  }

  #commit(next: Generation, lists: PreparedLists, listeners: PreparedListeners): void {
    const previous = this.#current;
    this.#current = next;
    this.#failures.slowFrom = next.config.log.slow;
    this.health.status = 'ready';
    lists.commit();
    let close = (_: Promise<void>) => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const left = this.#services.replace(next.servings, graceFor(next.config), closed);
    close(listeners.commit());
    if (previous === undefined) return;
    const retired = this.#retire(previous, next.stores, left).finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }

  #compose(config: Config, stores: OpenStores, lists: PreparedLists): Generation {
    const caches = new Map<string, LookupCache>();
    const maps = buildMaps(config, { storeOf: (id) => stores.get(id)?.store, listOf: lists.sourceOf }, (map) => {
      const cache = buildCache(map, this.#clock, this.metrics);
      if (cache !== undefined) caches.set(map.id, cache);
      return cache;
    });
    const policies = buildPolicies(config.policies, {
      store: (id) => stores.get(id)?.store,
      map: (id) => maps.get(id),
      memory: this.#memory,
    });
    const dicts = buildDicts(config, (id) => stores.get(id)?.store, this.#clock);
    const servings = [...config.listeners.values()].map((listener) => ({
      listener,
      maps: servedMaps(listener, maps, this.metrics, this.#failures),
      policies: this.#servedPolicies(listener, policies),
      endpoint: this.#servedEndpoint(listener, stores),
      stores: this.#servedStores(listener, stores),
      dicts: servedDicts(listener, dicts, this.metrics, this.#failures),
      connections: this.metrics.connections.events(listener.id),
    }));
    return { config, stores, servings, caches };
  }

  #servedStores({ id, serve, stores }: ListenerConfig, open: OpenStores): ServedStores {
    const names = serve.includes('stores') ? (stores ?? [...open.keys()]) : [];
    const offered = names.map((name) => {
      const meter = this.metrics.storeRequests.meter(id, name);
      return [name, { store: open.get(name)!.store, meter }] as const;
    });
    return new ServedStores(new Map(offered), id, this.#failures);
  }

  #servedEndpoint(listener: ListenerConfig, open: OpenStores): ServedEndpoint | undefined {
    if (listener.protocol !== 'resp' || listener.store === undefined) return undefined;
    const { store, config } = open.get(listener.store)!;
    const commands = listener.commands === undefined ? undefined : new Set(listener.commands);
    const prefix = config.keyPrefix + listener.prefix;
    const { id, password, write = false } = listener;
    const meter = this.metrics.storeRequests.meter(id, listener.store);
    return new ServedEndpoint(store, { listener: id, prefix, password, write, commands }, meter, this.#failures);
  }

  #servedPolicies({ id, policies }: ListenerConfig, built: ReadonlyMap<string, Policy>): ServedPolicies {
    const served = policies.map((name) => ({ policy: built.get(name)!, meter: this.metrics.policies.meter(id, name) }));
    return new ServedPolicies(served, id, this.#log, this.#failures);
  }

  /** Closes stores that the new configuration does not use, when nobody waits for an answer of theirs. */
  async #retire(generation: Generation, kept: OpenStores, left: Promise<void>): Promise<void> {
    const served = generation.servings.flatMap(({ maps, policies, stores, dicts, endpoint }) => [
      ...(endpoint === undefined ? [] : [endpoint]),
      policies,
      stores,
      ...maps.values(),
      ...dicts.values(),
    ]);
    const settled = left.then(() => Promise.all(served.map((asked) => asked.settled())));
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.schedule(graceFor(generation.config), resolve);
    });
    await Promise.race([settled, late]);
    cancel();
    await closeAllBut(generation.stores, kept);
  }

  #frontendContext(): FrontendContext {
    return {
      clock: this.#clock,
      log: this.#log,
      failures: this.#failures,
      version: this.#version,
      readiness: () => this.health.report(),
      renderMetrics: async () => {
        this.#showGauges();
        return { contentType: this.metrics.contentType, text: await this.metrics.render() };
      },
      ...this.#whole,
    };
  }

  #showGauges(): void {
    for (const [map, cache] of this.#current?.caches ?? []) this.metrics.caches.setEntries(map, cache.size);
    this.metrics.stores.showNodes([...(this.#current?.stores ?? [])].flatMap(([id, { store }]) => nodesOf(id, store)));
    this.metrics.lists.show(this.#lists.states());
  }

  #openOne(config: LinkedStoreConfig): Promise<LookupStore> {
    const { stores, nearCaches } = this.metrics;
    const observer = observeStore(config.id, stores.meter(config.id), () => nearCaches.meter(config.id), this.#log);
    return this.#openStore({ ...config, deadline: config.deadline ?? DAEMON_DEADLINE }, observer);
  }

  #storeHealth(id: string) {
    const nodes = this.#current?.stores.get(id)?.store.topology().nodes ?? [];
    return {
      store: id,
      state: storeState(nodes),
      nodes: nodes.map(({ name, role, status }) => ({ node: name, role, status })),
    };
  }

  #grace(): number {
    return this.#current === undefined ? DAEMON_DEADLINE : graceFor(this.#current.config);
  }
}

function nodesOf(id: string, store: LookupStore): StoreNode[] {
  return store
    .topology()
    .nodes.map(({ name, status }) => ({ store: id, node: name, connected: status === 'connected' }));
}

export function graceFor(config: Config): number {
  const deadlines = [...config.stores.values()].map((store) => store.deadline ?? DAEMON_DEADLINE);
  return Math.max(DAEMON_DEADLINE, ...deadlines) + LAST_WRITES;
}
