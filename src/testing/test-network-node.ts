import type { Socket } from 'node:net';
import { ReplyError } from '../resp/reply.js';
import type { ServerOptions } from '../server/server-options.js';
import type { TestNetwork } from './test-network.js';
import { TestServer, type TestServerOptions } from './test-server.js';

/** A server that others reach over a network that can be divided. */
export class TestNetworkNode extends TestServer {
  /** The network is asked for when it connects: it is made of its nodes. */
  constructor(options: TestServerOptions, more: ServerOptions, network: () => TestNetwork) {
    super(options, more, (place) => network().connect(this, place));
  }

  /** The ends at this server of connections that another has made from this port. */
  acceptedFrom(port: number): Socket[] {
    const clients = [...this.server.listeners.connections].map(({ stream }) => stream);
    return [...clients, ...this.nodeSockets].filter(({ remotePort }) => remotePort === port);
  }

  /** Runs a command; throws what is answered with an error. */
  protected mustRun(...words: readonly [string, ...string[]]): void {
    const reply = this.session.run(...words);
    if (reply instanceof ReplyError) throw reply;
  }
}
