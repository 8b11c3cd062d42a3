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
  /** Told the memory stores as they are opened: for a start that fails. */
  readonly onStores?: (stores: ReadonlyMap<string, MemoryStore>) => void;
}

/** A daemon in this process, on a configuration's text, with what it logged. */
export class TestDaemon {
  private constructor(
    readonly daemon: Daemon,
    readonly stores: ReadonlyMap<string, MemoryStore>,
    /** Memory stores that cannot be opened from now on. */
    readonly failToOpen: Set<string>,
    readonly logged: readonly Record<string, unknown>[],
  ) {}

  static async start(toml: string, options: TestDaemonOptions = {}): Promise<TestDaemon> {
    const stores = new Map<string, MemoryStore>();
    const failToOpen = new Set<string>();
    options.onStores?.(stores);
    const openMemory: StoreOpener = ({ id }) => {
      if (failToOpen.has(id)) return Promise.reject(new Error('no store today'));
      const store = new MemoryStore(id);
      stores.set(id, store);
      return Promise.resolve(store.store);
    };
    const { log, logged } = recordingLog();
    const { openStore = openMemory, clock } = options;
    const daemonOptions = { log, version: '0.0.0', openStore, ...(clock === undefined ? {} : { clock }) };
    const daemon = await Daemon.start(parse(toml), daemonOptions);
    return new TestDaemon(daemon, stores, failToOpen, logged);
  }

  /** Where a listener listens; its first address, unless told otherwise. */
  address(listener: string, position = 0): Address {
    const address = this.daemon.addresses.filter((one) => one.listener === listener)[position]?.address;
    if (address === undefined) throw new Error(`the daemon has no listener "${listener}"`);
    if ('inherited' in address) throw new Error(`listener "${listener}" has no address of its own`);
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
