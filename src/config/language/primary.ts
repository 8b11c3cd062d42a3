import type { Secret } from '../secret.js';
import { parseEndpoint } from './listen-address.js';
import { parseRedisUrl } from './redis-url.js';
import { Refusal } from './refusal.js';

/** A server to follow. */
export interface Primary {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly tls: boolean;
  /** With `#insecure`: its certificate is not verified. */
  readonly insecure: boolean;
}

/** `host:port`, `host port` as in redis.conf, or a URL, which may hold a user and a password. */
export function parsePrimary(text: string): Primary | Refusal {
  if (text.includes('://')) return fromUrl(text);
  const address = parseEndpoint(text.trim().replace(/^(\S+)\s+(\d+)$/, asAddress));
  if (address instanceof Refusal) return address;
  if ('path' in address) return NEEDS_TCP;
  return { ...address, user: undefined, password: undefined, tls: false, insecure: false };
}

function asAddress(_: string, host: string, port: string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function fromUrl(text: string): Primary | Refusal {
  const url = parseRedisUrl(text);
  if (url instanceof Refusal) return url;
  const { endpoint, user, password, tls, insecure, database } = url;
  if ('path' in endpoint) return NEEDS_TCP;
  if (database) return new Refusal('all databases of a primary are followed', 'leave the number out');
  return { ...endpoint, user, password, tls, insecure };
}

const NEEDS_TCP = new Refusal('a primary is reached over TCP, not over a unix socket');
