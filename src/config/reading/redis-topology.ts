/** What the URLs and other keys of a Redis store say together, by its `redis-type`. */
import type { RedisUrl } from '../language/redis-url.js';
import type { RedisStoreConfig } from '../model.js';
import type { RedisSection } from './redis-store.js';
import type { Reading } from './section.js';

/** Where the addresses stand: at one of these. */
export const URL_KEYS = ['url', 'urls', 'cachedb-url'] as const;

/** A URL and the key it stands at. */
export interface Seed extends RedisUrl {
  readonly key: (typeof URL_KEYS)[number];
  readonly index: number;
}

export function keyOfUrls(section: RedisSection): Seed['key'] {
  return URL_KEYS.find((key) => section.node(key) !== undefined) ?? 'url';
}

/** What stands there; a URL of OpenSIPS means what is found, as it does there, or the one server of a unix socket. */
export function redisTypeOf(section: RedisSection, [first]: readonly Seed[]): RedisStoreConfig['redisType'] {
  const isCachedb = first?.key === 'cachedb-url' && section.node('redis-type') === undefined;
  if (!isCachedb) return section.values['redis-type'];
  return 'path' in first.endpoint ? 'single' : 'auto';
}

export function checkTopology(reading: Reading, section: RedisSection, seeds: readonly Seed[]): void {
  const redisType = redisTypeOf(section, seeds);
  if (redisType !== 'sentinel') refuseSentinelKeys(section);
  switch (redisType) {
    case 'single':
      checkSingle(section, seeds);
      break;
    case 'failover':
      checkFailover(reading, section, seeds);
      break;
    case 'sentinel':
      checkSentinel(reading, section, seeds);
      break;
    case 'auto':
      checkSameDatabase(reading, section, seeds, 'redis-type = "auto"');
      break;
    case 'cluster':
      checkCluster(reading, section, seeds);
  }
}

function checkSingle(section: RedisSection, seeds: readonly Seed[]): void {
  const second = seeds[1];
  if (second !== undefined) {
    const hint = 'several are for redis-type = "failover", "sentinel" or "cluster"';
    section.error(second.key, 'a single server has one URL', hint);
  }
  refuseReplicas(section, 'a single server has no replicas to ask');
}

function checkFailover(reading: Reading, section: RedisSection, seeds: readonly Seed[]): void {
  const [only, second] = seeds;
  if (only !== undefined && second === undefined && section.fine('url', 'urls')) {
    section.error(only.key, 'a failover list has two URLs or more', 'one server is redis-type = "single"');
  }
  const known = new Set<string>();
  for (const seed of seeds) {
    const address = JSON.stringify(seed.endpoint);
    if (known.has(address)) reading.report.error(section.at(seed.key, seed.index), 'this server is in the list twice');
    known.add(address);
  }
  checkSameDatabase(reading, section, seeds, 'a failover list');
  refuseReplicas(section, 'of a failover list one server is asked');
}

const SENTINEL_KEYS = ['sentinel.name', 'sentinel.user', 'sentinel.password', 'sentinel.tls'] as const;

function refuseSentinelKeys(section: RedisSection): void {
  const key = SENTINEL_KEYS.find((name) => section.given(name));
  if (key !== undefined) section.error(key, `"${key}" needs redis-type = "sentinel"`);
}

function checkSentinel(reading: Reading, section: RedisSection, seeds: readonly Seed[]): void {
  if (!section.given('sentinel.name') && section.fine('sentinel.name')) {
    section.error('sentinel.name', '"sentinel.name" is missing', 'as in sentinel.name = "mymaster"');
  }
  if (section.given('sentinel.user') && !section.given('sentinel.password') && section.fine('sentinel.password')) {
    section.warning('sentinel.user', 'a user without a password: lookupd does not log in at the Sentinels');
  }
  for (const seed of seeds) {
    const at = section.at(seed.key, seed.index);
    if ('path' in seed.endpoint) reading.report.error(at, 'a Sentinel is reached over TCP, not over a unix socket');
  }
  checkSameDatabase(reading, section, seeds, 'Sentinels');
}

function refuseReplicas(section: RedisSection, hint: string): void {
  if (!section.values['read-from-replicas']) return;
  section.error('read-from-replicas', '"read-from-replicas" needs redis-type = "cluster" or "sentinel"', hint);
}

function checkCluster(reading: Reading, section: RedisSection, seeds: readonly Seed[]): void {
  const { report } = reading;
  for (const seed of seeds) {
    const at = section.at(seed.key, seed.index);
    if ('path' in seed.endpoint) report.error(at, 'a cluster is reached over TCP, not over a unix socket');
    if (seed.database !== undefined && seed.database !== 0) report.error(at, 'a cluster has database 0 only');
    checkAgreement(reading, section, seeds[0]!, seed, 'a cluster');
  }
  if (section.values.database !== undefined && section.values.database !== 0) {
    section.error('database', 'a cluster has database 0 only');
  }
}

function checkSameDatabase(reading: Reading, section: RedisSection, seeds: readonly Seed[], what: string): void {
  for (const seed of seeds) {
    checkAgreement(reading, section, seeds[0]!, seed, what);
    if (seed.database !== seeds[0]!.database) disagree(reading, section, seed, what, 'the database');
  }
}

function checkAgreement(reading: Reading, section: RedisSection, first: RedisUrl, seed: Seed, what: string): void {
  const difference = differenceOf(first, seed);
  if (difference !== undefined) disagree(reading, section, seed, what, difference);
}

function disagree(reading: Reading, section: RedisSection, seed: Seed, what: string, difference: string): void {
  const message = `the URLs of ${what} must agree: ${difference}`;
  reading.report.error(section.at(seed.key, seed.index), message, 'it differs from the first one');
}

function differenceOf(first: RedisUrl, other: RedisUrl): string | undefined {
  if (first.tls !== other.tls) return 'redis:// or rediss://';
  if (first.insecure !== other.insecure) return '#insecure';
  if (first.user !== other.user) return 'the user';
  if (first.password?.reveal() !== other.password?.reveal()) return 'the password';
  if (first.protocol !== other.protocol) return 'the protocol';
  return undefined;
}
