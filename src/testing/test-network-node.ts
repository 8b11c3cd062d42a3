import type { Socket } from 'node:net';
import { TestServer } from './test-server.js';

/** A server that others reach over a network that can be divided. */
export class TestNetworkNode extends TestServer {
  /** The ends at this server of connections that another has made from this port. */
  acceptedFrom(port: number): Socket[] {
    const clients = [...this.server.listeners.connections].map(({ stream }) => stream);
    return [...clients, ...this.nodeSockets].filter(({ remotePort }) => remotePort === port);
  }
}
