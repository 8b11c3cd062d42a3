import type { Registry } from 'prom-client';
import type { ConnectionEvents } from '../net/connections.js';
import { CounterFamily, GaugeFamily } from './cells.js';

/** Connections of mail servers, by listener. */
export class ConnectionMetrics {
  readonly #open: GaugeFamily<'listener'>;
  readonly #events: CounterFamily<'listener' | 'event'>;

  constructor(registry: Registry) {
    this.#open = new GaugeFamily({
      registry,
      name: 'lookupd_connections',
      help: 'Connections open now.',
      labelNames: ['listener'],
    });
    this.#events = new CounterFamily({
      registry,
      name: 'lookupd_connection_events_total',
      help: 'Connections opened, refused for being too many, and closed for being idle too long (timed-out).',
      labelNames: ['listener', 'event'],
    });
  }

  events(listener: string): ConnectionEvents {
    const open = this.#open.cell({ listener });
    const opened = this.#events.cell({ listener, event: 'opened' });
    const refused = this.#events.cell({ listener, event: 'refused' });
    const timedOut = this.#events.cell({ listener, event: 'timed-out' });
    return {
      opened() {
        open.count++;
        opened.count++;
      },
      closed() {
        open.count--;
      },
      refused() {
        refused.count++;
      },
      timedOut() {
        timedOut.count++;
      },
    };
  }
}
