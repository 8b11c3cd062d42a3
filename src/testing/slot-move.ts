import { Transfer } from '../server/migration/transfer.js';
import type { TestClusterNode } from './test-cluster-node.js';

/**
 * A slot that is on its way from one primary to another: both serve it, each the keys that it has. The old one answers
 * `ASK` for a key that is gone or never was, and `TRYAGAIN` for several of which some are here and some are there.
 */
export class SlotMove {
  constructor(
    readonly slot: number,
    readonly from: TestClusterNode,
    readonly to: TestClusterNode,
    private readonly nodes: () => readonly TestClusterNode[],
  ) {
    to.control('SETSLOT', String(slot), 'IMPORTING', from.id);
    from.control('SETSLOT', String(slot), 'MIGRATING', to.id);
  }

  /** The slot's keys that are still at the old node. */
  get left(): string[] {
    const db = this.from.server.keyspace.databases[0]!;
    const keys = db.keysInSlot(this.slot, Number.POSITIVE_INFINITY);
    return keys.map((key) => Buffer.from(key, 'latin1').toString());
  }

  /** Moves these keys. */
  async move(keys: readonly string[]): Promise<void> {
    const { from, to } = this;
    const db = from.server.keyspace.databases[0]!;
    for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) {
      const some = keys.slice(i, i + KEYS_AT_ONCE).map((key) => Buffer.from(key).toString('latin1'));
      const where = { host: '127.0.0.1', port: to.port, database: 0, timeout: MOVE_TIMEOUT };
      const { password } = to.server.settings;
      const credentials = password === '' ? undefined : [password];
      const order = { ...where, copy: false, replace: true, credentials, db, keys: some };
      const problem = await new Transfer(from.server, order).run();
      if (problem !== undefined) throw new Error(`slot ${this.slot} cannot be moved: ${problem}`);
    }
  }

  /** Moves the rest, and tells all nodes. */
  async finish(): Promise<void> {
    for (let keys = this.left; keys.length > 0; keys = this.left) await this.move(keys);
    const { slot, to } = this;
    to.control('SETSLOT', String(slot), 'NODE', to.id);
    for (const node of this.nodes()) if (node !== to) node.control('SETSLOT', String(slot), 'NODE', to.id);
  }
}

const KEYS_AT_ONCE = 100;
/** Milliseconds. */
const MOVE_TIMEOUT = 5000;
