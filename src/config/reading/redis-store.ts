import type { RedisKeys } from '../declarations/store.js';
import type { RedisUrl } from '../language/redis-url.js';
import type { Endpoint, NearCacheConfig, RedisStoreConfig, TlsConfig } from '../model.js';
import type { Secret } from '../secret.js';
import { readCommonKeys } from './common-keys.js';
import { readableFilesOf, warnOfReadable } from './readable-secrets.js';
import { checkTopology, keyOfUrls, redisTypeOf, type Seed, URL_KEYS } from './redis-topology.js';
import type { Reading, Section } from './section.js';
import { readTls, refuseTls } from './tls.js';

export type RedisSection = Section<RedisKeys>;

/** Checks what the keys of a Redis store say together. Undefined when it names no server. */
export function readRedisStore(reading: Reading, id: string, section: RedisSection): RedisStoreConfig | undefined {
  const { values } = section;
  const common = readCommonKeys(id, section);
  warnOfPool(section);
  const seeds = readSeeds(section);
  if (section.fine('redis-type')) checkTopology(reading, section, seeds);
  warnOfReadableSecrets(reading, section, seeds);
  const [first] = seeds;
  const redisType = redisTypeOf(section, seeds);
  const tls = readTlsOf(reading, section, first);
  if (first === undefined) return undefined;
  return {
    type: 'redis',
    ...common,
    redisType,
    endpoints: distinct(seeds.map((seed) => endpointOf(seed, redisType))),
    ...readCredentials(section, first),
    database: readDatabase(section, first),
    tls: first.tls ? tls : undefined,
    connectTimeout: values['connect-timeout'],
    lazyConnect: values['lazy-connect'],
    shutdownOnError: values['shutdown-on-error'],
    keepalive: values.keepalive,
    protocolVersion: readProtocol(section, first),
    readFromReplicas: values['read-from-replicas'],
    nearCache: readNearCache(section),
    sentinel: readSentinel(section, first, tls),
  };
}

/** TLS is what the URL's scheme says, or `sentinel.tls`. */
function readTlsOf(reading: Reading, section: RedisSection, first: Seed | undefined): TlsConfig | undefined {
  if (first?.tls !== false || section.values['sentinel.tls'] === true) {
    return readTls(reading, section, first && { insecure: first.insecure, position: section.at(keyOfUrls(section)) });
  }
  refuseTls(section);
  return undefined;
}

function readNearCache({ values, given }: RedisSection): NearCacheConfig | undefined {
  if (!given('near-cache.max-entries') && !given('near-cache.ttl')) return undefined;
  return { maxEntries: values['near-cache.max-entries'], ttl: values['near-cache.ttl'] };
}

function readSeeds(section: RedisSection): Seed[] {
  const [key, other] = URL_KEYS.filter((name) => section.node(name) !== undefined);
  if (key === undefined) {
    if (section.fine(...URL_KEYS)) section.error('url', '"url" is missing', 'as in url = "redis://127.0.0.1"');
    return [];
  }
  if (other !== undefined) section.error(other, `"${key}" and "${other}" are both given`, 'put all URLs into "urls"');
  return (section.values[key] ?? []).map((url, index) => ({ ...url, key, index }));
}

const SENTINEL_PORT = 26_379;

function endpointOf({ endpoint, portGiven }: Seed, redisType: RedisStoreConfig['redisType']): Endpoint {
  return redisType === 'sentinel' && 'host' in endpoint && !portGiven ? { ...endpoint, port: SENTINEL_PORT } : endpoint;
}

function readSentinel(section: RedisSection, url: RedisUrl, tls: TlsConfig | undefined): RedisStoreConfig['sentinel'] {
  const { values } = section;
  const name = values['sentinel.name'];
  if (values['redis-type'] !== 'sentinel' || name === undefined) return undefined;
  const overTls = values['sentinel.tls'] ?? url.tls;
  return {
    name,
    user: values['sentinel.user'],
    password: notEmpty(values['sentinel.password']),
    // The server name is that of the servers: each Sentinel's certificate is for the host in its URL.
    tls: overTls && tls !== undefined ? { ...tls, serverName: undefined } : undefined,
  };
}

/** Seeds may repeat: Stalwart's own example does. */
function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map((endpoint) => [JSON.stringify(endpoint), endpoint])).values()];
}

function readCredentials(
  section: RedisSection,
  url: RedisUrl,
): { user: string | undefined; password: Secret | undefined } {
  const { values } = section;
  if (url.user !== undefined && values.user !== undefined && url.user !== values.user) {
    section.error('user', '"user" and the URL name different users', 'keep one of them');
  }
  const passwords = [url.password, values.password].filter((password) => password !== undefined);
  if (passwords.length === 2 && passwords[0]!.reveal() !== passwords[1]!.reveal()) {
    section.error('password', '"password" and the URL hold different passwords', 'keep one of them');
  }
  const user = values.user ?? url.user;
  const password = notEmpty(values.password) ?? url.password;
  if (user !== undefined && password === undefined && section.fine('user', 'password')) {
    const key = section.given('user') ? 'user' : keyOfUrls(section);
    section.warning(
      key,
      'a user without a password: lookupd does not log in',
      'in a URL a password alone is ":password@"',
    );
  }
  return { user, password };
}

function notEmpty(secret: Secret | undefined): Secret | undefined {
  return secret?.reveal() === '' ? undefined : secret;
}

function readDatabase(section: RedisSection, url: RedisUrl): number {
  const { database } = section.values;
  if (database !== undefined && url.database !== undefined && database !== url.database) {
    section.error('database', '"database" and the URL name different databases', 'keep one of them');
  }
  return database ?? url.database ?? 0;
}

function readProtocol(section: RedisSection, url: RedisUrl): RedisStoreConfig['protocolVersion'] {
  const version = section.values['protocol-version'];
  if (version !== undefined && url.protocol !== undefined && version !== url.protocol) {
    section.error('protocol-version', '"protocol-version" and the URL name different protocols', 'keep one of them');
  }
  return version ?? url.protocol ?? 'auto';
}

function warnOfPool(section: RedisSection): void {
  const keys = ['pool.max-connections', 'pool.create-timeout', 'pool.wait-timeout', 'pool.recycle-timeout'] as const;
  for (const key of keys) {
    if (section.given(key)) section.warning(key, `"${key}" has no effect: all calls share one connection per node`);
  }
}

function warnOfReadableSecrets(reading: Reading, section: RedisSection, seeds: readonly Seed[]): void {
  const places = seeds
    .filter((seed) => seed.password !== undefined)
    .map((seed) => ({ node: section.node(seed.key, seed.index), at: section.at(seed.key, seed.index) }));
  for (const key of ['sentinel.password', 'password'] as const) {
    if (section.given(key)) places.unshift({ node: section.node(key), at: section.at(key) });
  }
  const told = new Set<string>();
  for (const { node, at } of places) {
    for (const file of readableFilesOf(reading, node)) {
      // Several passwords in one line are one thing to mend.
      const place = `${at.line} ${file}`;
      if (told.has(place)) continue;
      told.add(place);
      warnOfReadable(reading, at, file);
    }
  }
}
