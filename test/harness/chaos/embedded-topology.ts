import { openStore } from '../../../src/index.js';
import type { LookupStore } from '../../../src/stores/store.js';
import {
  type ChaosContext,
  type ChaosTopology,
  STORE_OPTIONS,
  type StoreSettings,
  type TopologyKind,
} from './topology.js';

/** The bundled server in the store's own process: there is no connection to fail. */
class EmbeddedTopology implements ChaosTopology {
  store: StoreSettings = {};
  readonly promotions = 0;
  readonly troubles = [
    { kind: 'memory full', run: (chaos: ChaosContext) => this.fillMemory(chaos) },
    { kind: 'scripts flushed', run: (chaos: ChaosContext) => this.flushScripts(chaos) },
  ];
  private opened: LookupStore | undefined;

  /** There is one: another would have data of its own. */
  async open(): Promise<LookupStore> {
    const { deadline } = STORE_OPTIONS;
    this.opened ??= await openStore({ type: 'embedded', deadline });
    return this.opened;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.opened?.close();
  }

  private async fillMemory({ load }: ChaosContext): Promise<void> {
    await load.current.command('CONFIG', 'SET', 'maxmemory', '1');
    await load.ended(500);
    await load.current.command('CONFIG', 'SET', 'maxmemory', '0');
  }

  private async flushScripts({ load }: ChaosContext): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await load.current.command('SCRIPT', 'FLUSH');
      await load.ended(100);
    }
  }
}

export const embeddedTopology: TopologyKind = {
  name: 'embedded',
  available: () => true,
  start: () => Promise.resolve(new EmbeddedTopology()),
};
