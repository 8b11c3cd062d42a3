import type { Primary } from './language/primary.js';
import type { Secret } from './secret.js';

/**
 * The configuration after reading: durations in milliseconds, sizes in bytes, macros expanded, defaults
 * filled in, references between sections checked. Made by `loadConfig`, consumed by everything above.
 */
export interface Config {
  /** The file it was read from, for messages; "<text>" when read from text without a name. */
  readonly file: string;
  readonly stores: ReadonlyMap<string, StoreConfig>;
  /** `[lookup.<id>]`, `[file-lookup.<id>]` and `[http-lookup.<id>]`: the lists that maps name. */
  readonly lookups: ReadonlyMap<string, LookupConfig>;
  readonly maps: ReadonlyMap<string, MapConfig>;
  readonly policies: ReadonlyMap<string, PolicyConfig>;
  readonly dicts: ReadonlyMap<string, DictConfig>;
  readonly listeners: ReadonlyMap<string, ListenerConfig>;
  readonly server: ServerConfig;
  readonly log: LogConfig;
  readonly warnings: readonly Problem[];
}

export type StoreConfig = LinkedStoreConfig | ShardedStoreConfig;

/** A store that has servers of its own. */
export type LinkedStoreConfig = RedisStoreConfig | EmbeddedStoreConfig;

interface StoreBase {
  readonly id: string;
  /** Longest wait for one response. */
  readonly timeout: number;
  /** The whole call; undefined: derived (4s in the daemon, timeout plus all waits in the library). */
  readonly deadline: number | undefined;
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig;
  /** Put before every key. */
  readonly keyPrefix: string;
}

export interface RetryConfig {
  /** Attempts after the first; 0: none. */
  readonly total: number;
  readonly minWait: number;
  readonly maxWait: number;
}

export interface BreakerConfig {
  /** Consecutive failures of a node that open its breaker; 0 turns it off. */
  readonly failures: number;
  readonly openFor: number;
}

export interface EmbeddedStoreConfig extends StoreBase {
  readonly type: 'embedded';
  /** `[store.<id>.data]`: what the store holds when it starts, in file order; `keyPrefix` goes before these too. */
  readonly data: ReadonlyMap<string, string>;
  /** Where its files are; undefined: there are none. */
  readonly files: EmbeddedFiles | undefined;
  readonly primary: Primary | undefined;
  /** Undefined: it is followed without TLS. */
  readonly primaryTls: TlsConfig | undefined;
  /** Where clients reach it from outside. */
  readonly listen: readonly Endpoint[];
  readonly mode: number | undefined;
  readonly password: Secret | undefined;
}

export interface EmbeddedFiles {
  /** Absolute. */
  readonly path: string;
  readonly appendonly: boolean;
  readonly appendfsync: 'always' | 'everysec' | 'no';
  /** Seconds and changes in pairs, as in redis.conf. */
  readonly save: string;
}

/** Its timeouts, retries and breakers are those of its stores: what StoreBase says is nobody's. */
export interface ShardedStoreConfig extends StoreBase {
  readonly type: 'sharded-in-memory';
  /** At least two, none of them sharded, all with the same key prefix; their order decides where a key is. */
  readonly stores: readonly string[];
}

export interface RedisStoreConfig extends StoreBase {
  readonly type: 'redis';
  readonly redisType: 'single' | 'failover' | 'sentinel' | 'cluster' | 'auto';
  /** One for single; in the order in which they are asked for failover; Sentinels; a cluster's seeds. */
  readonly endpoints: readonly Endpoint[];
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly database: number;
  readonly tls: TlsConfig | undefined;
  readonly connectTimeout: number;
  readonly lazyConnect: boolean;
  readonly shutdownOnError: boolean;
  /** TCP keep-alive in milliseconds, 0 off. */
  readonly keepalive: number;
  readonly protocolVersion: 'auto' | 'resp2' | 'resp3';
  readonly readFromReplicas: boolean;
  /** Only for sentinel; all else but the endpoints is about the servers that they watch. */
  readonly sentinel?: SentinelConfig | undefined;
  /** Undefined: there is none. */
  readonly nearCache?: NearCacheConfig | undefined;
}

export interface NearCacheConfig {
  readonly maxEntries: number;
  /** Milliseconds. */
  readonly ttl: number;
}

export interface SentinelConfig {
  /** What they call the primary. */
  readonly name: string;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: TlsConfig | undefined;
}

export type Endpoint =
  | { readonly host: string; readonly port: number }
  /** `name`: what it is called, where its path says nothing. */
  | { readonly path: string; readonly name?: string };

/** Where to listen: there, or on the sockets that systemd hands over under this name. */
export type ListenEndpoint = Endpoint | { readonly inherited: string };

export interface TlsConfig {
  /** False with `#insecure`: the certificate is not verified. */
  readonly verify: boolean;
  /** PEM texts, read already. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: Secret | undefined;
  readonly serverName: string | undefined;
}

export type LookupConfig = StaticLookupConfig | FileLookupConfig | HttpLookupConfig;

/** Stalwart's static list: key or glob to value, in file order. */
export interface StaticLookupConfig {
  readonly kind: 'static';
  readonly id: string;
  readonly entries: ReadonlyMap<string, string>;
}

export interface FileLookupConfig {
  readonly kind: 'file';
  readonly id: string;
  readonly path: string;
  /** Where the path stands in the configuration, for problems of the file as a whole. */
  readonly at: { readonly line: number; readonly column: number };
  /** How often the file is looked at, in milliseconds. */
  readonly refresh: number;
  readonly list: ListConfig;
}

export interface HttpLookupConfig {
  readonly kind: 'http';
  readonly id: string;
  /** It may hold a password or a token. */
  readonly url: Secret;
  /** Between two loads, in milliseconds; `retry` after one that failed. */
  readonly refresh: number;
  readonly retry: number;
  /** Of a load as a whole. */
  readonly timeout: number;
  /** The list itself is a gzip file. */
  readonly gzipped: boolean;
  readonly list: ListConfig;
}

export type ListFormat = 'list' | 'csv' | 'postfix' | 'cidr' | 'regexp';

/** What a list that is loaded looks like, and how large it may be. */
export interface ListConfig {
  readonly format: ListFormat;
  /** Keys are kept and asked in lower case. */
  readonly foldCase: boolean;
  /** csv: columns from 0; without a value column every key has the value "1". */
  readonly keyColumn: number;
  readonly valueColumn: number | undefined;
  readonly separator: string;
  readonly skipFirst: boolean;
  readonly limits: {
    /** Bytes of the text. */
    readonly size: number;
    readonly entries: number;
    /** Bytes of a key and its value. */
    readonly entrySize: number;
  };
}

export type Expansion = 'full' | 'no-extension' | 'domain' | 'local-part' | 'parent-domains';

export interface MapConfig {
  readonly id: string;
  /** Stores and lists, tried in order. */
  readonly sources: readonly { readonly kind: 'store' | 'lookup'; readonly id: string }[];
  /** The template of the key: %s all, %u local part, %d domain, %% percent. */
  readonly key: string;
  readonly operation: 'get' | 'exists' | 'hget' | 'member';
  /** hget: the hash's field, a template too; then `key` names the hash. */
  readonly field: string | undefined;
  /** member: the template of the member asked for; then `key` names the set. */
  readonly member: string | undefined;
  readonly expand: readonly Expansion[];
  readonly recipientDelimiter: string;
  readonly foldCase: boolean;
  readonly cache: MapCacheConfig | undefined;
}

export interface MapCacheConfig {
  readonly positiveTtl: number;
  readonly negativeTtl: number;
  readonly maxEntries: number;
  /** How long past its ttl an answer may be given when the store fails; 0: never. */
  readonly serveStale: number;
}

export type PolicyConfig = GreylistPolicyConfig | RateLimitPolicyConfig | AllowPolicyConfig | DenyPolicyConfig;

interface PolicyBase {
  readonly id: string;
  /** What is decided while the answer is not known. */
  readonly onError: 'pass' | 'defer';
}

/** How many leading bits of a client's address count. */
export interface AddressBits {
  readonly v4: number;
  readonly v6: number;
}

export interface GreylistPolicyConfig extends PolicyBase {
  readonly type: 'greylist';
  readonly store: string;
  readonly delay: number;
  readonly window: number;
  readonly lifetime: number;
  readonly bits: AddressBits;
  /** Put before its keys. */
  readonly prefix: string;
  readonly text: string;
}

export interface RateLimitPolicyConfig extends PolicyBase {
  readonly type: 'rate-limit';
  readonly store: string;
  /** The attributes that are counted for, together. */
  readonly key: readonly string[];
  readonly rate: { readonly requests: number; readonly period: number };
  readonly count: 'messages' | 'recipients';
  readonly algorithm: 'fixed-window' | 'leaky-bucket';
  readonly burst: number | undefined;
  readonly bits: AddressBits;
  readonly prefix: string;
  readonly action: 'defer' | 'reject';
  readonly text: string;
}

interface ListedPolicyBase extends PolicyBase {
  /** The attributes that are looked up, one after the other. */
  readonly key: readonly string[];
  readonly map: string;
}

/** A map of those who are let through. */
export interface AllowPolicyConfig extends ListedPolicyBase {
  readonly type: 'allow';
}

/** A map of those who are refused: how, and what the client is told. */
export interface DenyPolicyConfig extends ListedPolicyBase {
  readonly type: 'deny';
  readonly action: 'defer' | 'reject';
  readonly text: string;
}

/** A dictionary of Dovecot's. */
export interface DictConfig {
  readonly id: string;
  readonly store: string;
  /** Put before every key. */
  readonly prefix: string;
  /** Globs of the keys that hold a slash and belong to `shared/`. */
  readonly shared: readonly string[];
  readonly write: boolean;
  /** Milliseconds that what is written lives, where Dovecot says nothing; 0: for ever. */
  readonly expire: number;
}

export type Protocol = 'socketmap' | 'tcp-table' | 'line' | 'policy' | 'dict' | 'http' | 'resp';

export interface ListenerConfig {
  readonly id: string;
  readonly protocol: Protocol;
  readonly bind: readonly ListenEndpoint[];
  /** Mode of unix sockets, an octal number; owner and group by name. */
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** tcp-table: the map it answers from. */
  readonly map: string | undefined;
  /** Which maps it serves; undefined: all. */
  readonly maps: readonly string[] | undefined;
  /** policy: what is asked, in order. */
  readonly policies: readonly string[];
  /** HTTP: which parts this listener offers; "stores" where it allows changes. */
  readonly serve: readonly ('lookup' | 'stores' | 'health' | 'metrics')[];
  /** resp: the store it offers, what stands before every key, and what clients may do. */
  readonly store: string | undefined;
  readonly prefix: string;
  readonly password: Secret | undefined;
  readonly commands: readonly string[] | undefined;
  /** HTTP: the stores that may be changed; undefined: all. */
  readonly stores: readonly string[] | undefined;
  /** Which dictionaries it serves; undefined: all. */
  readonly dicts: readonly string[] | undefined;
  /** Whether it allows changes; undefined: dict listeners do where the dictionary does. */
  readonly write: boolean | undefined;
  readonly limits: ListenerLimits;
}

export interface ListenerLimits {
  readonly maxConnections: number;
  /** Bytes of one request; undefined: what the protocol has. */
  readonly maxRequest: number | undefined;
  /** Requests of one connection that may wait for their answer. */
  readonly maxPipeline: number;
  /** Milliseconds without a byte until a connection is closed; 0: never. */
  readonly idleTimeout: number;
  /** Bytes of answers a slow reader may leave unread. */
  readonly maxUnsent: number;
}

/** `[server]`: the process as a whole. */
export interface ServerConfig {
  /** Processes that serve the listeners; auto: one for each processor. */
  readonly workers: number | 'auto';
  /** The user and group it becomes once its sockets are bound; undefined: it stays what it is. */
  readonly runAs: RunAs | undefined;
}

export interface RunAs {
  readonly user: string;
  /** Undefined: the user's own. */
  readonly group: string | undefined;
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'json' | 'pretty';
  /** Milliseconds from which on something is logged as slow; 0: never. */
  readonly slow: number;
}

/** Something wrong in the configuration, at its place. Lines and columns count from 1. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** "did you mean …", "use …": what to do, one line. */
  readonly hint?: string;
  /** The line of the file with every secret replaced by `***`, and the caret's column in it. */
  readonly excerpt?: { readonly text: string; readonly column: number };
}
