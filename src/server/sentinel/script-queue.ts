import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Sentinel } from './sentinel.js';

/** A script that is to run, or runs. */
export interface ScriptJob {
  /** The program and its arguments. */
  readonly words: readonly [string, ...string[]];
  child: ChildProcess | undefined;
  /** When it was started; of one that waits: when it may be, 0 at any time. */
  time: number;
  attempts: number;
}

/**
 * The scripts of the administrator: at most so many at once, in order, each for so long. One that ends with status 1, or by
 * a signal, is tried again later, the next time after twice the time.
 */
export class ScriptQueue {
  readonly jobs: ScriptJob[] = [];

  constructor(private readonly sentinel: Sentinel) {}

  /** Whether there is such a program; paths begin in the server's `dir`. */
  canRun(path: string): boolean {
    try {
      accessSync(this.resolve(path), fileConstants.X_OK);
      return true;
    } catch {
      return false;
    }
  }

  private resolve(path: string): string {
    return resolve(this.sentinel.server.configuration.get('dir') ?? '', path);
  }

  get running(): number {
    return this.jobs.filter(({ child }) => child !== undefined).length;
  }

  schedule(words: ScriptJob['words']): void {
    this.jobs.push({ words, child: undefined, time: 0, attempts: 0 });
    if (this.jobs.length <= MOST_JOBS) return;
    const oldest = this.jobs.findIndex(({ child }) => child === undefined);
    if (oldest >= 0) this.jobs.splice(oldest, 1);
  }

  cycle(): void {
    const { now } = this.sentinel;
    for (const job of [...this.jobs]) {
      if (job.child !== undefined) this.endOverdue(job, now);
      else if (job.time <= now && this.running < MOST_RUNNING) this.run(job, now);
    }
  }

  close(): void {
    for (const { child } of this.jobs) child?.kill('SIGKILL');
    this.jobs.length = 0;
  }

  private run(job: ScriptJob, now: number): void {
    const [program, ...words] = job.words;
    const { events } = this.sentinel;
    job.time = now;
    job.attempts++;
    const child = this.spawn(this.resolve(program), words);
    job.child = child;
    if (child === undefined) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      events.tell('warning', '-script-error', `${program} 0 ${CANNOT_START}`);
      return;
    }
    if (child.pid !== undefined) events.tell('debug', '+script-child', String(child.pid));
    // One that cannot be started ends as one that says so itself, and is not tried again.
    child.once('error', () => this.finish(job, CANNOT_START, 0));
    child.once('exit', (code, signal) => this.finish(job, code ?? 0, signal === null ? 0 : constants.signals[signal]));
  }

  /** Words that come from other machines may be such that no program takes them. */
  private spawn(program: string, words: readonly string[]): ChildProcess | undefined {
    try {
      return spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
    } catch {
      return undefined;
    }
  }

  private endOverdue({ child, words, time }: ScriptJob, now: number): void {
    if (now - time <= this.sentinel.timing.scriptMaxRuntime) return;
    this.sentinel.events.tell('warning', '-script-timeout', `${words[0]} ${child?.pid ?? 0}`);
    child?.kill('SIGKILL');
  }

  private finish(job: ScriptJob, code: number, signal: number): void {
    if (job.child === undefined || !this.jobs.includes(job)) return;
    const { events, now, timing } = this.sentinel;
    events.tell('debug', '-script-child', `${job.child.pid ?? 0} ${code} ${signal}`);
    job.child = undefined;
    if ((signal !== 0 || code === 1) && job.attempts < MOST_ATTEMPTS) {
      job.time = now + timing.scriptRetryDelay * 2 ** (job.attempts - 1);
      return;
    }
    if (signal !== 0 || code !== 0) events.tell('warning', '-script-error', `${job.words[0]} ${signal} ${code}`);
    this.jobs.splice(this.jobs.indexOf(job), 1);
  }
}

const MOST_JOBS = 256;
const MOST_RUNNING = 16;
const MOST_ATTEMPTS = 10;
const CANNOT_START = 2;
