import type { Endpoint, RedisStoreConfig, TlsConfig } from '../../config/model.js';
import type { Secret } from '../../config/secret.js';
import type { Clock } from '../../core/clock.js';
import type { Random } from '../../core/random.js';

/** Where a server is and how to introduce oneself to it. */
export interface Target {
  readonly address: Endpoint;
  /** What errors, metrics and breakers call it: host:port, [v6]:port or the socket's path. */
  readonly name: string;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly database: number;
  readonly tls: TlsConfig | undefined;
  /** TCP keep-alive in milliseconds, 0 off. */
  readonly keepalive: number;
  readonly protocolVersion: 'auto' | 'resp2' | 'resp3';
  /** Sends READONLY, so that a cluster's replica answers reads. */
  readonly readOnly: boolean;
  /** What the server must say that it is (ROLE), on each connection. */
  readonly role?: 'primary' | 'replica';
  /** Asked before each attempt to connect; rejects with a LinkError when there must be none. */
  readonly admit?: () => Promise<void>;
}

/** Time, chance and limits that all connections of a link share. */
export interface LinkContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LinkLog | undefined;
  /** Longest silence of a server that owes an answer, in milliseconds; then its connection is given up. */
  readonly timeout: number;
  /** Until a connection answers HELLO, in milliseconds. */
  readonly connectTimeout: number;
  /** Told the name of a server whenever a connection to it stands. */
  connected?: ((node: string) => void) | undefined;
  /** Told the name of a server whenever an attempt to connect to it failed, after who waited for it. */
  notConnected?: ((node: string) => void) | undefined;
}

/** What a link tells the administrator; pino's shape. */
export interface LinkLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export function targetOf(config: RedisStoreConfig, address: Target['address']): Target {
  const { user, password, database, tls, keepalive, protocolVersion } = config;
  const name = nodeName(address);
  return { address, name, user, password, database, tls, keepalive, protocolVersion, readOnly: false };
}

export function transportOf({ address, tls }: Target): 'unix' | 'tls' | 'tcp' {
  if ('path' in address) return 'unix';
  return tls === undefined ? 'tcp' : 'tls';
}

export function nodeName(address: Target['address']): string {
  if ('path' in address) return address.name ?? address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
