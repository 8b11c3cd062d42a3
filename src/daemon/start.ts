import { availableParallelism } from 'node:os';
import type { Config } from '../config/model.js';
import { openConfigured } from '../stores/factory.js';
import { Daemon, type DaemonOptions } from './daemon.js';
import type { ListeningAddress } from './listeners.js';
import { packageVersion } from './version.js';
import { MainProcess } from './workers/main-process.js';

/** A daemon that serves, in this process or in several. */
export interface RunningDaemon {
  readonly addresses: readonly ListeningAddress[];
  reload(readConfig: () => Config | Promise<Config>): Promise<void>;
  /** Answers what was asked, then closes everything. */
  stop(): Promise<void>;
  /** Ends processes of its own at once; without effect where there are none. */
  kill?(): void;
  /** Rejects when it cannot serve any more; where that cannot be, there is none. */
  readonly hopeless?: Promise<never>;
}

export type StartOptions = Required<Pick<DaemonOptions, 'log' | 'clock' | 'inherited' | 'afterBinding'>>;

/** Starts what the configuration asks for. Rejects and leaves nothing open when it cannot. */
export function startDaemon(config: Config, options: StartOptions): Promise<RunningDaemon> {
  const { log, clock } = options;
  const common = { ...options, version: packageVersion() };
  const workers = workersOf(config);
  if (workers > 1) {
    return MainProcess.start(config, {
      ...common,
      workers,
      hostStore: (store, path) => openConfigured({ ...store, listen: [...store.listen, { path }] }, { clock, log }),
    });
  }
  return Daemon.start(config, {
    ...common,
    openStore: (store, observer) => openConfigured(store, { clock, log, observer: () => observer }),
  });
}

/** How many processes serve the listeners. */
export function workersOf({ server: { workers } }: Config): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
