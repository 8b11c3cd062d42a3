import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import type { Configuration } from './configuration/configuration.js';
import type { Interceptor } from './session/interceptor.js';
import type { Settings } from './settings.js';

export interface ServerOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly settings?: Partial<Settings>;
  /** Directives of redis.conf, as text; they win over `settings`. Throws DirectiveError for a wrong one. */
  readonly directives?: Readonly<Record<string, string>>;
  /** Reads more directives before anything is made of them. */
  readonly configure?: (configuration: Configuration) => void;
  /**
   * Whether data is loaded from a file and saved to it, as redis-server does: if the directives name a `dir`, unless
   * said otherwise.
   */
  readonly keepsFiles?: boolean;
  /**
   * The folder is nobody else's: it is locked even where nothing is written to it but by SAVE, and with `appendonly yes` and
   * no append-only file yet, the RDB file is the data that it begins with; redis-server leaves it unread.
   */
  readonly ownsFolder?: boolean;
  /** Whatever primary this server follows is reached over TLS with these; by default it is as `tls-replication` and the other directives say. */
  readonly primaryTls?: ConnectionOptions;
  /** For tests: has connections and commands go wrong. */
  readonly interceptor?: Interceptor;
  /** It is a sentinel: it holds no data, watches servers that do, and its port is 26379 unless told otherwise. */
  readonly isSentinel?: boolean;
  /** Called with lines for the server's log. */
  readonly log?: (level: LogLevel, message: string) => void;
}

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';
