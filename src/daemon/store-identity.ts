import { createHash } from 'node:crypto';
import type { StoreConfig } from '../config/model.js';
import { Secret } from '../config/secret.js';

/**
 * A digest of everything that makes a store what it is: two configurations with the same one are served by
 * the same open store, so a reload neither reconnects nor empties what did not change. Secrets count, and
 * cannot be read back from it. An embedded store's `data` does not count: it is written, not connected to.
 */
export function storeIdentity(config: StoreConfig): string {
  const parts = JSON.stringify(config, function (this: Record<string, unknown>, name: string, value: unknown) {
    if (name === 'data') return undefined;
    // Secrets have hidden themselves in `value` already.
    const original = this[name];
    return original instanceof Secret ? original.reveal() : value;
  });
  return createHash('sha256').update(parts).digest('hex');
}
