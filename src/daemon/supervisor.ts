import { execFile } from 'node:child_process';
import type { Cancel, Clock } from '../core/clock.js';
import type { Log } from '../observe/log.js';

/**
 * Tells systemd how the daemon is (sd_notify(3)): ready, reloading, stopping, one line of status, and that it lives.
 * Without NOTIFY_SOCKET all of it does nothing.
 *
 * Node cannot send a datagram to a unix socket, and the libraries that can are compiled where they are installed. So
 * systemd's own program sends them, systemd-notify(1): a process of a few milliseconds for each message, one after
 * the other. The unit needs NotifyAccess=all for it, since the message is another process's.
 */
export class Supervisor {
  readonly #env: Environment;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #send: Send;
  #sent: Promise<void> = Promise.resolve();
  #isWatched = false;
  #stopWatching: Cancel = () => {};
  #hasFailed = false;

  /** Takes its variables out of `env`: programs that are started from here have nothing to tell. */
  constructor(env: Environment, { log, clock, send = systemdNotify }: SupervisorOptions) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH } = env;
    this.#env = NOTIFY_SOCKET === undefined ? {} : { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH };
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
    this.#log = log;
    this.#clock = clock;
    this.#send = send;
  }

  /** Started, or reloaded, whatever came of it. */
  ready(status: string): void {
    this.#tell('READY=1', `STATUS=${status}`);
    this.#watch();
  }

  reloading(): void {
    // What systemd compares with the time at which it asked for the reload.
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, 'STATUS=reading the configuration');
  }

  /** Resolves once everything that was to be told has been. */
  async stopping(): Promise<void> {
    this.#tell('STOPPING=1', 'STATUS=answering what was asked');
    await this.#sent;
  }

  /** The end: nothing is told any more. */
  end(): void {
    this.#stopWatching();
  }

  /** Says twice per watchdog interval that this process gets to do something. */
  #watch(): void {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#env;
    const interval = Number(WATCHDOG_USEC) / 1_000;
    const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid);
    if (this.#isWatched || !isMeant || !(interval > 0)) return;
    this.#isWatched = true;
    const beat = () => {
      this.#stopWatching = this.#clock.schedule(interval / 2, () => {
        this.#tell('WATCHDOG=1');
        beat();
      });
    };
    beat();
  }

  #tell(...assignments: readonly string[]): void {
    if (this.#env['NOTIFY_SOCKET'] === undefined) return;
    this.#sent = this.#sent
      .then(() => this.#send(assignments, this.#env))
      .catch((error: unknown) => this.#failed(error));
  }

  /** Once: what does not work now will not work the next time. */
  #failed(err: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#log.error({ err }, 'cannot tell systemd how the daemon is: systemd-notify failed');
  }
}

type Environment = Record<string, string | undefined>;

/** Sends one message and resolves when systemd has it. */
export type Send = (assignments: readonly string[], env: Environment) => Promise<void>;

export interface SupervisorOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly send?: Send;
}

/** systemd-notify waits until systemd has read its message, for 5 seconds. */
const PATIENCE = 10_000;

function systemdNotify(assignments: readonly string[], env: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', [...assignments], { env, timeout: PATIENCE }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
