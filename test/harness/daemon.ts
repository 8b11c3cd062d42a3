import { pino } from 'pino';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';
import type { Clock } from '../../src/core/clock.js';
import { Daemon, type StoreOpener } from '../../src/daemon/daemon.js';
import type { Address } from '../../src/net/address.js';
import type { Log } from '../../src/observe/log.js';
import { MemoryStore } from './memory-store.js';

export interface TestDaemonOptions {
  /** By default every store is a MemoryStore, seeded by its `data`. */
  readonly openStore?: StoreOpener;
  readonly clock?: Clock;
}

/** A daemon in this process, on a configuration's text, with what it logged. */
export class TestDaemon {
  readonly daemon: Daemon;
  readonly stores: ReadonlyMap<string, MemoryStore>;
  readonly logged: readonly Record<string, unknown>[];

  private constructor(
    daemon: Daemon,
    stores: ReadonlyMap<string, MemoryStore>,
    logged: readonly Record<string, unknown>[],
  ) {
    this.daemon = daemon;
    this.stores = stores;
    this.logged = logged;
  }

  static async start(toml: string, options: TestDaemonOptions = {}): Promise<TestDaemon> {
    const stores = new Map<string, MemoryStore>();
    const openMemory: StoreOpener = (config) => {
      const store = new MemoryStore(config.id);
      stores.set(config.id, store);
      return Promise.resolve(store.store);
    };
    const { log, logged } = recordingLog();
    const daemon = await Daemon.start(parse(toml), { log, version: '0.0.0', openStore: openMemory, ...options });
    return new TestDaemon(daemon, stores, logged);
  }

  /** Where a listener listens; its first address, unless told otherwise. */
  address(listener: string, position = 0): Address {
    const address = this.daemon.addresses.filter((one) => one.listener === listener)[position]?.address;
    if (address === undefined) throw new Error(`the daemon has no listener "${listener}"`);
    return address;
  }

  port(listener: string): number {
    const address = this.address(listener);
    if (!('port' in address)) throw new Error(`listener "${listener}" is a unix socket`);
    return address.port;
  }

  store(id: string): MemoryStore {
    const store = this.stores.get(id);
    if (store === undefined) throw new Error(`the daemon has opened no store "${id}"`);
    return store;
  }

  reload(toml: string): Promise<void> {
    return this.daemon.reload(() => parse(toml));
  }

  stop(): Promise<void> {
    return this.daemon.stop();
  }
}

function parse(toml: string): Config {
  return loadConfig({ text: toml });
}

/** A log that is kept instead of shown. */
export function recordingLog(): { readonly log: Log; readonly logged: Record<string, unknown>[] } {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: 'debug', base: null }, { write }), logged };
}
