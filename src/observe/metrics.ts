import { Registry } from 'prom-client';
import { CacheMetrics } from './caches.js';
import { ConnectionMetrics } from './connections.js';
import { DictMetrics } from './dicts.js';
import { ListMetrics } from './lists.js';
import { LookupMetrics } from './lookups.js';
import { PolicyMetrics } from './policies.js';
import { ProcessMetrics } from './process.js';
import { StoreRequestMetrics } from './store-requests.js';
import { StoreMetrics } from './stores.js';

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
  readonly lists = new ListMetrics(this.#registry);
  readonly process: ProcessMetrics;

  constructor(version: string) {
    this.process = new ProcessMetrics(this.#registry, version);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus's text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
