import type { Socket } from 'node:net';
import type { ListenerConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import type { ConnectionEvents } from '../net/connections.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { Readiness } from '../observe/health.js';
import type { Log } from '../observe/log.js';
import type { ServedDict } from './served-dict.js';
import type { ServedEndpoint } from './served-endpoint.js';
import type { ServedMap } from './served-map.js';
import type { ServedPolicies } from './served-policies.js';
import type { ServedStores } from './served-stores.js';

/** A wire protocol for mail servers: turns accepted sockets into lookups and outcomes into replies. */
export interface Frontend {
  start(context: FrontendContext, serving: Serving): Service;
}

/** What lives as long as the daemon. */
export interface FrontendContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly failures: FailureLog;
  /** The program's. */
  readonly version: string;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Prometheus's text of all metrics. */
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What a reload replaces as a whole. */
export interface Serving {
  readonly listener: ListenerConfig;
  /** The maps this listener answers for, by name. */
  readonly maps: ReadonlyMap<string, ServedMap>;
  /** The policies this listener asks, in order. */
  readonly policies: ServedPolicies;
  /** resp: the store it offers. */
  readonly endpoint: ServedEndpoint | undefined;
  /** The stores that its clients may change. */
  readonly stores: ServedStores;
  /** The dictionaries this listener answers for, by name. */
  readonly dicts: ReadonlyMap<string, ServedDict>;
  readonly connections: ConnectionEvents;
}

/** A listener's protocol at work; it owns the connections it has accepted. */
export interface Service {
  /** `elsewhere`: how many connections of this listener other processes have. */
  accept(socket: Socket, elsewhere: number): void;
  /** From the next request on. Connections stay open. */
  update(serving: Serving): void;
  /** Answers what was asked, then closes every connection, by force after `grace` milliseconds. */
  drain(grace: number): Promise<void>;
}
