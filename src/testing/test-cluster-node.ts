import { formatNodesFile } from '../server/cluster/nodes-file.js';
import { TestNetworkNode } from './test-network-node.js';

/** A node of a cluster for a test. */
export class TestClusterNode extends TestNetworkNode {
  get id(): string {
    return this.cluster.myself.name;
  }

  get isPrimary(): boolean {
    return this.cluster.myself.isPrimary;
  }

  /** The id of the node it follows. */
  get primaryId(): string | undefined {
    return this.cluster.myself.primary?.name;
  }

  get cluster() {
    return this.server.cluster!;
  }

  get busPort(): number {
    return this.cluster.bus.port;
  }

  /** As what it was, if no other has taken its place meanwhile; a primary serves again two seconds later, as with Redis. */
  override async restart(options: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    const known = formatNodesFile(this.cluster.table);
    await super.restart(options);
    this.cluster.rejoin(known);
  }

  /** Runs CLUSTER …; throws what is answered with an error. */
  control(...words: readonly string[]): void {
    this.mustRun('CLUSTER', ...words);
  }
}
