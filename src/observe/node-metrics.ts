import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';

/** Node's own figures of one process, as prom-client gives and takes them. */
export type NodeFigures = Readonly<Awaited<ReturnType<Registry['getMetricsAsJSON']>>>;

/**
 * Memory, processor time and event loop of this process. Where there are several, each has a label that tells which,
 * since the sum of what starts anew with a process would go back and forth.
 */
export class NodeMetrics {
  readonly #registry = new Registry();

  /** `worker`: which process, where there are several. */
  constructor(worker: string | undefined) {
    if (worker !== undefined) this.#registry.setDefaultLabels({ worker });
    collectDefaultMetrics({ register: this.#registry });
  }

  async figures(): Promise<NodeFigures> {
    return await this.#registry.getMetricsAsJSON();
  }

  /** Prometheus's text, with that of other processes. */
  async render(others: readonly NodeFigures[]): Promise<string> {
    const theirs = others.map((figures) => figures.filter(({ name }) => name !== VERSION));
    const all = [await this.figures(), ...theirs].map((figures) => figures.map(kept));
    return await AggregatorRegistry.aggregate(all).metrics();
  }
}

/** All processes have the same one. */
const VERSION = 'nodejs_version_info';

/** Everything has a label of its own: there is nothing to sum up, and nothing to leave out. */
function kept<T extends object>(metric: T): T {
  return { ...metric, aggregator: 'sum' };
}
