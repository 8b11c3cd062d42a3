import type { Registry } from 'prom-client';
import type { StoreErrorCode } from '../core/errors.js';
import { type Cell, CounterFamily, type DurationCell, DurationFamily, GaugeFamily } from './cells.js';

/** Counts what one store tells about itself: the shape of stores' StoreObserver. */
export interface StoreMeter {
  ended(operation: string, outcome: 'ok' | StoreErrorCode, count: number, ms: number): void;
  retried(operation: string, reason: StoreErrorCode): void;
  breakerChanged(node: string, state: 'closed' | 'open' | 'half-open'): void;
}

/** A node of a store as it is now. */
export interface StoreNode {
  readonly store: string;
  readonly node: string;
  readonly connected: boolean;
}

/** Operations on stores and how they ended, retries, and the breakers of their nodes. */
export class StoreMetrics {
  readonly #results: CounterFamily<'store' | 'operation' | 'result'>;
  readonly #durations: DurationFamily<'store' | 'operation'>;
  readonly #retries: CounterFamily<'store' | 'operation' | 'reason'>;
  readonly #breakers: GaugeFamily<'store' | 'node'>;
  readonly #connected: GaugeFamily<'store' | 'node'>;

  constructor(registry: Registry) {
    this.#results = new CounterFamily({
      registry,
      name: 'lookupd_store_operations_total',
      help: 'Store operations ended, by result: ok, or the code of the error.',
      labelNames: ['store', 'operation', 'result'],
    });
    this.#durations = new DurationFamily({
      registry,
      name: 'lookupd_store_operation_duration_seconds',
      help: 'Store operations from the call to its end, retries included.',
      labelNames: ['store', 'operation'],
    });
    this.#retries = new CounterFamily({
      registry,
      name: 'lookupd_store_retries_total',
      help: 'Attempts after the first, by the error of the attempt before.',
      labelNames: ['store', 'operation', 'reason'],
    });
    this.#breakers = new GaugeFamily({
      registry,
      name: 'lookupd_store_breaker_open',
      help: 'Whether the breaker of a node is open: 0 closed, 0.5 trying, 1 open.',
      labelNames: ['store', 'node'],
      merge: 'max',
    });
    this.#connected = new GaugeFamily({
      registry,
      name: 'lookupd_store_node_connected',
      help: 'Whether there is a connection to a node: 1, or 0.',
      labelNames: ['store', 'node'],
      merge: 'max',
    });
  }

  /** All nodes there are, told just before the metrics are read; also those whose breaker never had to open. */
  showNodes(nodes: readonly StoreNode[]): void {
    this.#connected.clear();
    for (const { store, node, connected } of nodes) {
      this.#connected.cell({ store, node }).count = connected ? 1 : 0;
      this.#breakers.cell({ store, node });
    }
  }

  meter(store: string): StoreMeter {
    const results = new Map<string, Map<string, Cell>>();
    const durations = new Map<string, DurationCell>();
    return {
      ended: (operation, outcome, count, ms) => {
        const byOutcome = remembered(results, operation, () => new Map<string, Cell>());
        const result = outcome === 'ok' ? 'ok' : outcome.toLowerCase();
        remembered(byOutcome, outcome, () => this.#results.cell({ store, operation, result })).count += count;
        remembered(durations, operation, () => this.#durations.cell({ store, operation })).observe(ms / 1000, count);
      },
      retried: (operation, reason) => {
        this.#retries.cell({ store, operation, reason: reason.toLowerCase() }).count++;
      },
      breakerChanged: (node, state) => {
        this.#breakers.cell({ store, node }).count = BREAKER_VALUES[state];
      },
    };
  }
}

const BREAKER_VALUES = { closed: 0, 'half-open': 0.5, open: 1 };

function remembered<V>(cells: Map<string, V>, name: string, create: () => V): V {
  let cell = cells.get(name);
  if (cell === undefined) {
    cell = create();
    cells.set(name, cell);
  }
  return cell;
}
