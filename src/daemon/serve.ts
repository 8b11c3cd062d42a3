import { access, constants } from 'node:fs/promises';
import { loadConfig, readConfig } from '../config/load.js';
import type { Config, Problem } from '../config/model.js';
import { ConfigError, renderProblem } from '../config/problem.js';
import { type Clock, systemClock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { problemsOfFile } from '../lookups/lists/list-problems.js';
import { formatAddress } from '../net/address.js';
import { InheritedSockets, takeInherited } from '../net/inherited.js';
import { createLog, type Log } from '../observe/log.js';
import { hints } from './hints.js';
import { ListsRefused } from './lists.js';
import { becomeUser } from './privileges.js';
import { type RunningDaemon, startDaemon, workersOf } from './start.js';
import { Supervisor } from './supervisor.js';
import { WorkersRefused } from './workers/pool.js';

export interface ServeOptions {
  readonly configFile: string;
  readonly clock?: Clock;
  /** Where signals come from: the process. */
  readonly signals?: SignalSource;
}

export interface SignalSource {
  on(signal: ServeSignal, listener: () => void): unknown;
  off(signal: ServeSignal, listener: () => void): unknown;
}

export type ServeSignal = 'SIGHUP' | 'SIGTERM' | 'SIGINT';

/** Exit statuses of `lookupd serve`. */
export const ServeStatus = {
  /** Stopped by a signal, after answering what was asked. */
  stopped: 0,
  /** The configuration has errors. */
  wrongConfiguration: 1,
  /** A store, a list or an address could not be opened, or a second signal cut the end short. */
  failed: 75,
} as const;

export type ServeStatus = (typeof ServeStatus)[keyof typeof ServeStatus];

/**
 * Runs the daemon until SIGTERM or SIGINT, which end it gracefully; a second one ends it at once. SIGHUP
 * reads the configuration again and keeps the old one when the new one has errors. Answers the exit status.
 */
export async function serve(options: ServeOptions): Promise<ServeStatus> {
  const { config, problems } = readConfig(options.configFile, { overrides: process.env });
  if (config === undefined) {
    for (const problem of problems) process.stderr.write(`${renderProblem(problem)}\n`);
    return ServeStatus.wrongConfiguration;
  }
  const log = createLog(config.log);
  logProblems(log, problems);
  if (config.listeners.size === 0) {
    log.fatal('the configuration has no [server.listener]: there is nothing to serve');
    return ServeStatus.wrongConfiguration;
  }
  return new Serving(options, config, log).run();
}

/** One run of the daemon, from its first signal handler to its exit status. */
class Serving {
  readonly #options: ServeOptions;
  readonly #config: Config;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #supervisor: Supervisor;
  #stopRequests = 0;
  #onStopRequest: () => void = () => {};

  constructor(options: ServeOptions, config: Config, log: Log) {
    this.#options = options;
    this.#config = config;
    this.#log = log;
    this.#clock = options.clock ?? systemClock;
    this.#supervisor = new Supervisor(process.env, { log, clock: this.#clock });
  }

  async run(): Promise<ServeStatus> {
    const signals = this.#options.signals ?? process;
    let daemon: RunningDaemon | undefined;
    const stop = () => {
      this.#stopRequests++;
      this.#onStopRequest();
    };
    const reload = () => void (daemon === undefined ? undefined : this.#reload(daemon));
    signals.on('SIGTERM', stop);
    signals.on('SIGINT', stop);
    signals.on('SIGHUP', reload);
    try {
      daemon = await this.#start();
      return daemon === undefined ? ServeStatus.failed : await this.#untilStopped(daemon);
    } finally {
      this.#supervisor.end();
      signals.off('SIGTERM', stop);
      signals.off('SIGINT', stop);
      signals.off('SIGHUP', reload);
    }
  }

  async #start(): Promise<RunningDaemon | undefined> {
    const clock = this.#clock;
    const log = this.#log;
    const inherited = new InheritedSockets(takeInherited(process.env, process.pid));
    try {
      const options = { log, clock, inherited, afterBinding: () => this.#becomeUser() };
      const daemon = await startDaemon(this.#config, options);
      this.#announce(daemon);
      this.#warnOfUnused(inherited);
      this.#supervisor.ready(serves(this.#config));
      return daemon;
    } catch (error) {
      logProblems(log, problemsOf(error, this.#config));
      log.fatal(`cannot start: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #becomeUser(): Promise<void> {
    const { runAs } = this.#config.server;
    if (runAs === undefined) return;
    await becomeUser(runAs);
    await access(this.#options.configFile, constants.R_OK).catch(() =>
      this.#log.warn(`user ${runAs.user} cannot read ${this.#options.configFile}: a reload will fail`),
    );
  }

  #warnOfUnused(inherited: InheritedSockets): void {
    const binds = [...this.#config.listeners.values()].flatMap(({ bind }) => bind);
    const named = new Set(binds.map((address) => ('inherited' in address ? address.inherited : undefined)));
    for (const name of inherited.names) {
      if (!named.has(name)) this.#log.warn(`a socket "${name}" was handed over, and no listener has "systemd:${name}"`);
    }
  }

  #announce(daemon: RunningDaemon): void {
    for (const { listener, protocol, address } of daemon.addresses) {
      this.#log.info({ listener, protocol, address: formatAddress(address) }, 'listening');
    }
    for (const line of hints(this.#config, daemon.addresses)) this.#log.info(`try: ${line}`);
  }

  async #untilStopped(daemon: RunningDaemon): Promise<ServeStatus> {
    const broken = daemon.hopeless?.catch((error: unknown) => error) ?? new Promise<never>(() => {});
    const failure = await Promise.race([this.#stopRequested(1), broken]);
    if (failure instanceof Error) {
      this.#log.fatal(`cannot go on: ${failure.message}`);
      await daemon.stop();
      return ServeStatus.failed;
    }
    this.#log.info('stopping: answering what was asked');
    const cutShort = this.#stopRequested(2).then(() => ServeStatus.failed);
    const told = this.#supervisor.stopping();
    const status = await Promise.race([daemon.stop().then(() => ServeStatus.stopped), cutShort]);
    if (status === ServeStatus.stopped) await Promise.race([told, cutShort]);
    else daemon.kill?.();
    this.#log.info(status === ServeStatus.stopped ? 'stopped' : 'stopped by force');
    return status;
  }

  #stopRequested(times: number): Promise<void> {
    if (this.#stopRequests >= times) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onStopRequest = () => {
        if (this.#stopRequests >= times) resolve();
      };
    });
  }

  async #reload(daemon: RunningDaemon): Promise<void> {
    let config: Config | undefined;
    this.#supervisor.reloading();
    try {
      await daemon.reload(() => {
        config = loadConfig(this.#options.configFile, { overrides: process.env });
        return config;
      });
    } catch (error) {
      logProblems(this.#log, problemsOf(error, config));
      this.#log.error(`reload failed, the old configuration stays: ${reloadFailure(error)}`);
      this.#supervisor.ready(`serving; the last reload failed: ${reloadFailure(error)}`);
      return;
    }
    if (config === undefined) return;
    this.#log.level = config.log.level;
    if (workersOf(config) !== workersOf(this.#config)) {
      this.#log.warn('another number of workers takes effect at the next start');
    }
    logProblems(this.#log, config.warnings);
    const { stores, maps, listeners } = config;
    this.#log.info({ stores: stores.size, maps: maps.size, listeners: listeners.size }, 'configuration reloaded');
    this.#supervisor.ready(serves(config));
  }
}

function serves({ listeners, maps }: Config): string {
  return `serving ${maps.size} maps on ${listeners.size} listeners`;
}

function logProblems(log: Log, problems: readonly Problem[]): void {
  for (const problem of problems) {
    const { severity, file, line, column, message, hint } = problem;
    const text = `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
    if (severity === 'error') log.error(text);
    else log.warn(text);
  }
}

/** What is wrong in its places, as far as the error knows places. */
function problemsOf(error: unknown, config: Config | undefined): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof WorkersRefused) return error.refusal.problems;
  if (error instanceof ListsRefused && config !== undefined) {
    return error.refused.flatMap((one) => problemsOfFile(config, one));
  }
  return [];
}

function reloadFailure(error: unknown): string {
  if (error instanceof ConfigError) return 'the configuration has errors';
  if (error instanceof ListsRefused) return 'lists have errors';
  if (error instanceof WorkersRefused && error.refusal.problems.length > 0) return 'lists have errors';
  return messageOf(error);
}
