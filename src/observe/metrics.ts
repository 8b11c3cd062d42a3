import { Registry } from 'prom-client';
import { CacheMetrics } from './caches.js';
import { ConnectionMetrics } from './connections.js';
import { DictMetrics } from './dicts.js';
import { ListMetrics } from './lists.js';
import { LookupMetrics } from './lookups.js';
import { NearCacheMetrics } from './near-caches.js';
import { type NodeFigures, NodeMetrics } from './node-metrics.js';
import { PolicyMetrics } from './policies.js';
import { ProcessMetrics } from './process.js';
import { absorb, type Changes, forget, takeChanges } from './sharing.js';
import { StoreRequestMetrics } from './store-requests.js';
import { StoreMetrics } from './stores.js';
import { WorkerMetrics } from './workers.js';

/** All of a daemon's metrics, in a registry of its own: two daemons in one process do not meet. */
export class Metrics {
  readonly #registry = new Registry();
  readonly lookups = new LookupMetrics(this.#registry);
  readonly policies = new PolicyMetrics(this.#registry);
  readonly dicts = new DictMetrics(this.#registry);
  readonly connections = new ConnectionMetrics(this.#registry);
  readonly stores = new StoreMetrics(this.#registry);
  readonly storeRequests = new StoreRequestMetrics(this.#registry);
  readonly caches = new CacheMetrics(this.#registry);
  readonly nearCaches = new NearCacheMetrics(this.#registry);
  readonly lists = new ListMetrics(this.#registry);
  readonly process: ProcessMetrics;
  readonly node: NodeMetrics;

  /** `process`: which one it is, where there are several. */
  constructor(version: string, process?: string) {
    this.process = new ProcessMetrics(this.#registry, version);
    this.node = new NodeMetrics(process);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus's text format. `others`: Node's figures of other processes, whose counts were absorbed. */
  async render(others: readonly NodeFigures[] = []): Promise<string> {
    return (await this.#registry.metrics()) + (await this.node.render(others));
  }

  /** What was counted since this was last asked, for the process that shows it. */
  takeChanges(): Changes {
    return takeChanges(this.#registry);
  }

  /** Adds what another process has counted. `isFirst`: of all others it is the one that counts what each of them does. */
  absorb(worker: number, changes: Changes, isFirst: boolean): void {
    absorb(this.#registry, worker, changes, isFirst);
  }

  /** What this process had at the time is there no more; what it has counted stays. */
  forget(worker: number): void {
    forget(this.#registry, worker);
  }

  /** Shows that this process has others. */
  withWorkers(): WorkerMetrics {
    return new WorkerMetrics(this.#registry);
  }
}
