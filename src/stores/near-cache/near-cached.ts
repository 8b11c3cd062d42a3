import type { NearCacheConfig } from '../../config/model.js';
import { type Bytes, toBuffer } from '../../core/bytes.js';
import type { Command, Link } from '../../links/link.js';
import { DirectReader } from '../direct-reader.js';
import type { Gathering } from '../gathering.js';
import type { Guard, GuardDependencies } from '../guard.js';
import { GatheredReader, type Reader } from '../reader.js';
import { NearCache } from './near-cache.js';
import { NearReader } from './near-reader.js';
import { OwnChanges } from './own-changes.js';

export interface NearCachedConfig {
  readonly keyPrefix: string;
  readonly nearCache?: NearCacheConfig | undefined;
}

/** What a store needs to have a near cache, or none where the configuration has none. */
export interface NearCached {
  /** By which everything has to be sent. */
  readonly link: Link;
  reader(guard: Guard, gathering: Gathering): Reader;
  /** The whole key of a command that the reader can answer as well. */
  keyOf(command: Command): Bytes | undefined;
}

export function nearCached(
  link: Link,
  { keyPrefix, nearCache }: NearCachedConfig,
  { clock, observer }: GuardDependencies,
): NearCached {
  if (nearCache === undefined) return without(link);
  const cache = new NearCache(nearCache, clock, observer.nearCache);
  const watched = new OwnChanges(link, (keys) => cache.changed(keys));
  const prefix = Buffer.from(keyPrefix);
  return {
    link: watched,
    reader: (guard, gathering) => {
      const asking = new GatheredReader(watched, guard, gathering, { ofPrimary: true });
      return new NearReader(cache, asking, guard, () => watched.track(keyPrefix, cache));
    },
    keyOf: ([name, key, ...more]) => {
      if (more.length > 0 || !/^get$/i.test(name)) return undefined;
      if (typeof key !== 'string' && !(key instanceof Uint8Array)) return undefined;
      return toBuffer(key).subarray(0, prefix.length).equals(prefix) ? key : undefined;
    },
  };
}

function without(link: Link): NearCached {
  const { direct } = link;
  return {
    link,
    reader: (guard, gathering) =>
      direct === undefined ? new GatheredReader(link, guard, gathering) : new DirectReader(direct, guard),
    keyOf: () => undefined,
  };
}
