import { Registry } from 'prom-client';
import { loadConfig, openStores } from '../../src/index.js';
import { StoreMetrics } from '../../src/observe/stores.js';
import type { LookupStore } from '../../src/stores/store.js';

/** A store from TOML as a user opens it, with its deadline and metrics on. */
export async function openBenchStore(toml: string): Promise<LookupStore> {
  const metrics = new StoreMetrics(new Registry());
  const stores = await openStores(loadConfig({ text: toml }), { observer: (store) => metrics.meter(store) });
  return stores.get('bench')!;
}

export function single(port: number): string {
  return `[store."bench"]\ntype = "redis"\nredis-type = "single"\nurl = "redis://127.0.0.1:${port}"\n`;
}

export function unixSocket(path: string): string {
  return `[store."bench"]\ntype = "redis"\nredis-type = "single"\nurl = "unix://${path}"\n`;
}

export function cluster(ports: readonly number[]): string {
  const urls = ports.map((port) => `"redis://127.0.0.1:${port}"`).join(', ');
  return `[store."bench"]\ntype = "redis"\nredis-type = "cluster"\nurls = [${urls}]\n`;
}

export const embedded = `[store."bench"]\ntype = "embedded"\n`;
