import { isIPv6 } from 'node:net';
import type { Endpoint } from '../model.js';
import { Secret } from '../secret.js';
import { didYouMean } from '../suggestion.js';
import { Refusal } from './refusal.js';

/**
 * The URL of a Redis, as redis-rs and so Stalwart read it (reference: redis-rs 0.32, `parse_redis_url`):
 *
 *   redis[s]:// valkey[s]://  [user][:password]@host[:port][/database][?protocol=resp2|resp3][#insecure]
 *   unix:// redis+unix:// valkey+unix://  /path[?db=&user=&pass=&protocol=]
 *
 * Stricter than there: an empty port, an unknown parameter and an unknown fragment are refused. Messages
 * quote no part of the URL: where a separator was not percent-encoded, any part may be a piece of a password.
 */
export interface RedisUrl {
  readonly tls: boolean;
  /** `#insecure`: the certificate is not verified. */
  readonly insecure: boolean;
  readonly endpoint: Endpoint;
  /** Whether the URL says it; else it is the one of Redis. */
  readonly portGiven: boolean;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** Undefined when the URL names none. */
  readonly database: number | undefined;
  readonly protocol: 'resp2' | 'resp3' | undefined;
}

export const DEFAULT_PORT = 6379;
const HIGHEST_DATABASE = 2 ** 31 - 1;

type Transport = 'tcp' | 'tls' | 'unix';

const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['redis', 'tcp'],
  ['rediss', 'tls'],
  ['valkey', 'tcp'],
  ['valkeys', 'tls'],
  ['unix', 'unix'],
  ['redis+unix', 'unix'],
  ['valkey+unix', 'unix'],
]);

const SCHEMES = 'redis://, rediss://, valkey://, valkeys:// or unix://';

interface Parts {
  readonly transport: Transport;
  /** What follows the scheme, up to the query. */
  readonly body: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

export function parseRedisUrl(text: string): RedisUrl | Refusal {
  return settled(() => {
    const parts = split(text);
    if (parts.fragment !== undefined && parts.fragment !== 'insecure') throw new Refused(...unknownFragment(parts));
    return parts.transport === 'unix' ? unixUrl(parts) : tcpUrl(parts);
  });
}

/** A refusal on its way out of the functions below, which so read straight on. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

export function settled<T>(parse: () => T): T | Refusal {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Refused) return new Refusal(error.message, error.hint);
    throw error;
  }
}

function split(text: string): Parts {
  const match = /^\s*([a-z][a-z0-9+.-]*):(\/\/)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(text);
  if (match === null || (match[2] === undefined && match[1]!.toLowerCase() !== 'unix')) {
    throw new Refused('expected a URL', `it starts with ${SCHEMES}`);
  }
  const transport = TRANSPORTS.get(match[1]!.toLowerCase());
  if (transport === undefined) {
    throw new Refused(
      `the URL's scheme is not one of a Redis`,
      didYouMean(match[1]!, TRANSPORTS.keys()) ?? `it starts with ${SCHEMES}`,
    );
  }
  return { transport, body: match[3]!.trimEnd(), query: match[4], fragment: match[5]?.trimEnd() };
}

function unknownFragment(parts: Parts): [string, string] {
  const spilled = parts.fragment!.includes('@');
  const known = 'the only one is #insecure: TLS without verifying the certificate';
  return ["the URL's fragment is unknown", spilled ? ENCODE : known];
}

export const ENCODE = 'in a user or password write "/" as %2F, "?" as %3F, "#" as %23, "@" as %40 and "%" as %25';

function tcpUrl(parts: Parts): RedisUrl {
  const slash = parts.body.indexOf('/');
  const authority = slash === -1 ? parts.body : parts.body.slice(0, slash);
  const path = slash === -1 ? '' : parts.body.slice(slash + 1);
  const spilled = !authority.includes('@') && `${path}${parts.query ?? ''}`.includes('@');
  if (spilled) throw new Refused("the URL's user and password cannot be told from its path", ENCODE);
  const at = authority.lastIndexOf('@');
  const parameters = parseQuery(parts.query, ['protocol']);
  return {
    tls: parts.transport === 'tls',
    insecure: parts.fragment !== undefined,
    ...parsePlace(authority.slice(at + 1)),
    ...parseCredentials(authority.slice(0, Math.max(at, 0))),
    database: path === '' ? undefined : parseDatabase(path.replace(/\/$/, '')),
    protocol: parseProtocol(parameters.get('protocol')),
  };
}

function unixUrl(parts: Parts): RedisUrl {
  const path = decode(parts.body, 'path');
  if (!path.startsWith('/'))
    throw new Refused('the path of a unix socket starts with "/"', 'as in unix:///run/redis.sock');
  const parameters = parseQuery(parts.query, ['db', 'user', 'pass', 'protocol']);
  const password = parameters.get('pass');
  const database = parameters.get('db');
  return {
    tls: false,
    insecure: parts.fragment !== undefined,
    endpoint: { path },
    portGiven: false,
    user: parameters.get('user') || undefined,
    password: password === undefined || password === '' ? undefined : new Secret(password),
    database: database === undefined ? undefined : parseDatabase(database),
    protocol: parseProtocol(parameters.get('protocol')),
  };
}

function parseCredentials(text: string): Pick<RedisUrl, 'user' | 'password'> {
  const colon = text.indexOf(':');
  const user = decode(colon === -1 ? text : text.slice(0, colon), 'user');
  const password = colon === -1 ? '' : decode(text.slice(colon + 1), 'password');
  return { user: user || undefined, password: password === '' ? undefined : new Secret(password) };
}

/** `host[:port]` */
export function parsePlace(text: string): Pick<RedisUrl, 'endpoint' | 'portGiven'> {
  return { endpoint: parseHost(text), portGiven: /:\d+$/.test(text) };
}

function parseHost(text: string): Endpoint {
  if (text.startsWith('[')) return parseIPv6(text);
  if ((text.match(/:/g)?.length ?? 0) > 1) {
    throw new Refused('an IPv6 address stands in brackets', 'as in redis://[::1]:6379');
  }
  const [host, port] = text.split(':') as [string, string?];
  if (host === '') throw new Refused('the URL names no host');
  if (host.includes(',')) throw new Refused('the URL names several hosts', 'give one URL for each: urls = ["…", "…"]');
  if (!/^[\w.-]+$/.test(host)) throw new Refused("the URL's host holds a character that no host name has", ENCODE);
  return { host, port: parsePort(port) };
}

function parseIPv6(text: string): Endpoint {
  const match = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (match === null)
    throw new Refused('the bracket around the IPv6 address is not closed', 'as in redis://[::1]:6379');
  const host = decode(match[1]!, 'host');
  if (!isIPv6(host)) throw new Refused('what stands in brackets is not an IPv6 address');
  return { host, port: parsePort(match[2]) };
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new Refused("the URL's port is not a number from 1 to 65535", 'after a password stands an "@"');
}

export function parseDatabase(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= HIGHEST_DATABASE) return Number(text);
  throw new Refused("the URL's database is not a number", 'as in redis://127.0.0.1/1');
}

function parseProtocol(text: string | undefined): RedisUrl['protocol'] {
  if (text === undefined || text === 'resp2' || text === 'resp3') return text;
  throw new Refused(`the URL's "protocol" is neither resp2 nor resp3`);
}

/** As HTML forms encode it, "+" for a space: redis-rs reads it so. */
function parseQuery(query: string | undefined, known: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query?.split('&') ?? []) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const written = equals === -1 ? pair : pair.slice(0, equals);
    // redis-py's name for it.
    const key = written === 'password' ? 'pass' : written;
    if (!known.includes(key)) throw new Refused('the URL has an unknown parameter', parameterHint(key, known));
    if (parameters.has(key)) throw new Refused(`the URL has the parameter "${key}" twice`);
    parameters.set(key, decode(equals === -1 ? '' : pair.slice(equals + 1).replaceAll('+', ' '), key));
  }
  return parameters;
}

function parameterHint(key: string, known: readonly string[]): string {
  if (key === 'db') return 'the database is the path: redis://127.0.0.1/1';
  if (key === 'user' || key === 'pass')
    return 'user and password stand before the host: redis://user:password@127.0.0.1';
  return didYouMean(key, known) ?? `there is ${known.join(', ')}`;
}

export function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refused(`the URL's ${part} is not valid percent-encoding`, 'write "%" itself as %25');
  }
}
