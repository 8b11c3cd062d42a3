import type { CommandDeclaration } from './commands/command.js';
import { LatencyHistogram } from './latency/histogram.js';

/** Counters that INFO tells and CONFIG RESETSTAT clears. */
export class Stats {
  connections = 0;
  rejectedConnections = 0;
  commands = 0;
  bytesIn = 0;
  bytesOut = 0;
  reads = 0;
  writes = 0;
  errorReplies = 0;
  /** Snapshots and rewrites begun beside the commands: where Redis would fork. */
  backgroundJobs = 0;
  /** Writes of the append-only file that could not wait for a sync to end. */
  delayedFsyncs = 0;
  readonly errors = new Map<string, number>();
  readonly byCommand = new Map<CommandDeclaration, CommandStats>();
  /** Commands come in runs: most are the one before again. */
  private latest: { readonly command: CommandDeclaration; readonly stats: CommandStats } | undefined;

  /** So many calls, in all those microseconds. `goesOn`: one that waited and was counted when it began. */
  ran(command: CommandDeclaration, microseconds: number, failed: boolean, goesOn: boolean, calls: number): void {
    const stats = this.of(command);
    if (!goesOn) {
      this.commands += calls;
      stats.calls += calls;
    }
    stats.microseconds += microseconds;
    if (failed) stats.failed++;
  }

  /** A call that waited, and was counted when it began, has ended without what it waited for. */
  failedWaiting(command: CommandDeclaration): void {
    this.of(command).failed++;
  }

  /** A call that was refused before it ran. */
  rejected(command: CommandDeclaration | undefined): void {
    if (command) this.of(command).rejected++;
  }

  countError(code: string): void {
    this.errorReplies++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  reset(): void {
    this.connections = this.rejectedConnections = this.commands = 0;
    this.bytesIn =
      this.bytesOut =
      this.reads =
      this.writes =
      this.errorReplies =
      this.delayedFsyncs =
      this.backgroundJobs =
        0;
    this.errors.clear();
    this.byCommand.clear();
    this.latest = undefined;
  }

  /** `latency-tracking`: how long so many calls took, each of them. */
  took(command: CommandDeclaration, microseconds: number, calls: number): void {
    const stats = this.of(command);
    stats.histogram ??= new LatencyHistogram();
    stats.histogram.record(microseconds, calls);
  }

  private of(command: CommandDeclaration): CommandStats {
    if (this.latest?.command === command) return this.latest.stats;
    let stats = this.byCommand.get(command);
    if (stats === undefined) {
      stats = { calls: 0, microseconds: 0, failed: 0, rejected: 0, histogram: undefined };
      this.byCommand.set(command, stats);
    }
    this.latest = { command, stats };
    return stats;
  }
}

export interface CommandStats {
  calls: number;
  microseconds: number;
  failed: number;
  rejected: number;
  histogram: LatencyHistogram | undefined;
}
