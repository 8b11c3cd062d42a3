import { parseCachedbUrl } from '../language/cachedb-url.js';
import { parseEndpoint } from '../language/listen-address.js';
import { parsePrimary } from '../language/primary.js';
import { parseRedisUrl } from '../language/redis-url.js';
import { parseSavePoints } from '../language/save-points.js';
import { entries, key, keyWithDefault, requiredKey } from './declaration.js';
import {
  duration,
  flag,
  integer,
  mode,
  name,
  oneOf,
  oneOrMore,
  oneOrMoreDistinct,
  optionalDuration,
  parsed,
  secret,
  text,
} from './types.js';

/** `[store.<id>]`: keys of every store, then those of each type. */
export const storeTypeKeys = {
  type: requiredKey(oneOf(['redis', 'embedded', 'sharded-in-memory']), 'What the store is.', 'type = "redis"'),
};

export const commonKeys = {
  timeout: keyWithDefault(duration, '10s', 'Longest wait for one response.'),
  deadline: key(
    duration,
    'Longest time of a whole call, retries and redirects included. By default 4s in the daemon; in the library timeout plus the waits of all attempts.',
  ),
  'retry.total': keyWithDefault(integer(0, 1000), 3, 'Attempts after the first.'),
  'retry.min-wait': keyWithDefault(duration, '50ms', 'Shortest wait before another attempt.'),
  'retry.max-wait': keyWithDefault(duration, '1s', 'Longest wait before another attempt; the waits grow, with jitter.'),
  'breaker.failures': keyWithDefault(
    integer(0, 1_000_000),
    5,
    'Failures of a node in a row after which it is not asked for a while; 0 turns this off.',
  ),
  'breaker.open-for': keyWithDefault(duration, '2s', 'How long a failing node is not asked; then one call probes it.'),
  'key-prefix': keyWithDefault(text, '', 'Put before every key.'),
};

const redisUrl = parsed(text, parseRedisUrl);

const pool = "Accepted for Stalwart's files and without effect: all calls share one connection per node.";

/** For servers whose URL is rediss://. */
const tlsKeys = {
  'tls.ca': key(text, 'Certificate authorities to trust: a PEM file, or the PEM text itself.'),
  'tls.cert': key(text, 'Client certificate: a PEM file, or the PEM text itself.'),
  'tls.key': key(secret, 'Key of the client certificate: a PEM file, or the PEM text itself.'),
  'tls.server-name': key(name, "Name the server's certificate must have; by default the host of the URL."),
  'tls.verify': key(flag, "Verify the server's certificate; by default true, and false with #insecure in the URL."),
};

export type TlsKeys = typeof tlsKeys;

export const redisKeys = {
  type: requiredKey(oneOf(['redis']), 'A Redis or Valkey server, or a cluster of them.', 'type = "redis"'),
  'redis-type': keyWithDefault(
    oneOf(['single', 'failover', 'sentinel', 'cluster', 'auto']),
    'single',
    'One server; a list of servers of which the first that works is asked; servers that Sentinels watch; or a cluster. With auto the first server that answers tells whether it is a cluster; else one URL is a single server, and several are a failover list.',
  ),
  url: key(
    oneOrMore(redisUrl, 'URLs'),
    'redis[s]://[user][:password]@host[:port][/database][#insecure], or unix:///path?db=&user=&pass=; percent-encoded.',
  ),
  urls: key(
    oneOrMore(redisUrl, 'URLs'),
    'The same as url: for failover the servers, in their order; for sentinel the Sentinels (port 26379 by default); for a cluster the nodes that are asked first.',
  ),
  user: key(name, 'User to log in as.'),
  password: key(secret, 'Password to log in with.'),
  database: key(integer(0, 2 ** 31 - 1), 'Number of the database; by default the one in the URL, or 0.'),
  ...commonKeys,
  'connect-timeout': keyWithDefault(duration, '5s', 'Longest time until a new connection answers PING or HELLO.'),
  'lazy-connect': keyWithDefault(
    flag,
    false,
    'Connect at the first call, not at the start; overrides shutdown-on-error.',
  ),
  'shutdown-on-error': keyWithDefault(flag, false, 'Do not start when every node is down.'),
  keepalive: keyWithDefault(optionalDuration, '10s', 'Idle time before TCP keep-alive probes; "never" for none.'),
  'protocol-version': key(oneOf(['resp2', 'resp3']), 'Protocol to speak; by default resp3, falling back to resp2.'),
  'read-from-replicas': keyWithDefault(flag, false, 'Cluster and Sentinel: plain lookups may be answered by replicas.'),
  ...tlsKeys,
  'pool.max-connections': key(integer(1, 1_000_000), pool),
  'pool.create-timeout': key(duration, pool),
  'pool.wait-timeout': key(duration, pool),
  'pool.recycle-timeout': key(duration, pool),
  'sentinel.name': key(name, 'What the Sentinels call the primary: the name in "sentinel monitor".'),
  'sentinel.user': key(name, 'User to log in as at the Sentinels; user and the URL are about the servers they watch.'),
  'sentinel.password': key(secret, 'Password to log in with at the Sentinels.'),
  'sentinel.tls': key(
    flag,
    'Reach the Sentinels over TLS; by default when the URL is rediss://, as the servers they watch.',
  ),
  'near-cache.max-entries': keyWithDefault(
    integer(1, 100_000_000),
    100_000,
    'Near cache: answers of get kept in this process until the server tells of a change; the least recently used goes first. Either key of near-cache turns it on.',
  ),
  'near-cache.ttl': keyWithDefault(duration, '1m', 'Near cache: longest time an answer is kept, whatever is told.'),
  'cachedb-url': key(
    parsed(text, parseCachedbUrl),
    "In place of url: the URL of OpenSIPS's cachedb_redis, redis:group://[[user]:password@]host[:port][,host…]/[database][?socket=/path or tls_domain=name]. redis-type is then auto by default, as there.",
  ),
};

export const embeddedKeys = {
  type: requiredKey(oneOf(['embedded']), 'The bundled server, in this process.', 'type = "embedded"'),
  ...commonKeys,
  data: entries(
    'What the store holds when it starts: "key" = "value". With a path, keys that are there already stay as they are.',
  ),
  path: key(name, 'Folder the data is kept in; without it the data is in memory and forgotten at the end.'),
  appendonly: keyWithDefault(flag, true, 'With a path: keep a log of every write, the append-only file.'),
  appendfsync: keyWithDefault(
    oneOf(['always', 'everysec', 'no']),
    'everysec',
    'When the log is synced to disk: before a write is answered, once a second, or when the system does.',
  ),
  save: keyWithDefault(
    parsed(text, parseSavePoints),
    '3600 1 300 100 60 10000',
    'With a path: a snapshot (dump.rdb) after so many seconds with so many changes, in pairs, and at the end; "" for none.',
  ),
  replicaof: key(
    parsed(text, parsePrimary),
    'Server to follow: host:port, or redis://[user:]password@host:port, over TLS with rediss://. The store can be read, not written.',
  ),
  ...tlsKeys,
  listen: key(
    oneOrMore(parsed(text, parseEndpoint), 'addresses'),
    'Where Redis clients and replicas reach the store: host:port, [IPv6]:port or unix:/path; port 0: any free one.',
  ),
  mode: key(mode, 'Mode of the unix sockets of listen, octal; by default what the umask leaves.'),
  password: key(secret, 'What they have to say (AUTH); without it other machines are refused.'),
};

export type EmbeddedKeys = typeof embeddedKeys;

export type RedisKeys = typeof redisKeys;

export const shardedKeys = {
  type: requiredKey(
    oneOf(['sharded-in-memory']),
    'Several stores as one: a hash of the key tells which of them has it, as in Stalwart.',
    'type = "sharded-in-memory"',
  ),
  stores: requiredKey(
    oneOrMoreDistinct(name, 'stores'),
    'The stores, at least two, in an order that stays: another one, or one more, moves most keys.',
    'stores = ["redis-1", "redis-2"]',
  ),
};

export type ShardedKeys = typeof shardedKeys;
