import type { Server } from '../server.js';
import type { Connection } from './connection.js';

/**
 * What clients take up together, for `maxmemory-clients`: past it the largest clients are disconnected until it fits.
 * While there is no limit nothing is counted.
 */
export class ClientEviction {
  /** Clients disconnected for it, for INFO. */
  evicted = 0;
  private total = 0;
  private readonly counted = new Map<Connection, number>();

  constructor(private readonly server: Server) {}

  /** Bytes that all clients may take; 0: no limit. */
  get limit(): number {
    const { maxMemoryClients, maxMemory } = this.server.settings;
    return maxMemoryClients >= 0 ? maxMemoryClients : Math.floor((maxMemory * -maxMemoryClients) / 100);
  }

  /** The client's size may have changed. */
  update(connection: Connection): void {
    if (connection.session.closing) {
      this.forget(connection);
      return;
    }
    const { memory } = connection;
    this.total += memory - (this.counted.get(connection) ?? 0);
    this.counted.set(connection, memory);
    this.evict();
  }

  forget(connection: Connection): void {
    this.total -= this.counted.get(connection) ?? 0;
    this.counted.delete(connection);
  }

  /** The limit may have changed. */
  recount(): void {
    this.counted.clear();
    this.total = 0;
    if (this.limit === 0) return;
    for (const connection of this.server.listeners.connections) {
      this.counted.set(connection, connection.memory);
      this.total += connection.memory;
    }
    this.evict();
  }

  private evict(): void {
    const { limit } = this;
    if (limit === 0 || this.total < limit) return;
    const largestFirst = [...this.counted].sort(([, a], [, b]) => b - a);
    for (const [connection] of largestFirst) {
      if (this.total < limit) return;
      if (connection.session.noEvict) continue;
      this.server.log('notice', `Evicting client: id=${connection.session.id} addr=${connection.address}`);
      this.forget(connection);
      this.evicted++;
      connection.destroy();
    }
    if (this.total >= limit) this.server.log('warning', 'Over client maxmemory after evicting all evictable clients');
  }
}
