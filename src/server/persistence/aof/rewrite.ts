import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Server } from '../../server.js';
import { streamFileWhole, writeFileWhole } from '../rdb-file.js';
import type { Snapshot } from '../snapshot.js';
import { CannotMake } from './aof-directory.js';
import type { AppendOnlyFile } from './append-only-file.js';
import { CommandFormat } from './command-format.js';
import { IncrementSwitch, openIncrement } from './increment-switch.js';
import type { Manifest } from './manifest.js';

/**
 * BGREWRITEAOF: a new base of what the data is now, in place of the base and increments that say how it came about.
 * Effects from the start of the rewrite on go to a new increment, which the manifest names at once: until the base
 * is there the old files and the new increment are the data, afterwards base and new increment are.
 */
export class Rewrite {
  /** Asked for while something stood in the way. */
  isScheduled = false;
  /** `ok` or `err`, of the last one. */
  status: 'ok' | 'err' = 'ok';
  count = 0;
  failuresInARow = 0;
  /** Seconds that the last one took; -1: none yet. */
  lastSeconds = -1;
  private running: Running | undefined;
  /** When one was asked for that begins once what was appended until then is on disk. */
  private askedAt: number | undefined;
  private retryAt = 0;
  /** Of what was ever appended: what has to be on disk before one begins. */
  private syncedTo: number | undefined;
  /** Rewrites begun. */
  private begun = 0;

  constructor(
    private readonly server: Server,
    private readonly file: AppendOnlyFile,
  ) {}

  get isRunning(): boolean {
    return this.running !== undefined || this.askedAt !== undefined;
  }

  /** Not all data has been written yet. */
  get isWriting(): boolean {
    return this.running !== undefined && !this.running.snapshot.hasEnded;
  }

  /** Seconds so far; -1 when none runs. */
  get currentSeconds(): number {
    const since = this.askedAt ?? this.running?.startedAt;
    return since === undefined ? -1 : Math.floor((this.server.clock.now() - since) / 1000);
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.count = this.failuresInARow = 0;
  }

  /** What bases are written as. */
  get format(): 'rdb' | 'aof' {
    return this.server.configuration.get('aof-use-rdb-preamble') === 'yes' ? 'rdb' : 'aof';
  }

  /** BGREWRITEAOF: at once, or as soon as the file is on disk so far. False when it could not begin: the log says why. */
  ask(): boolean {
    if (this.isSynced()) return this.start();
    try {
      this.tryIncrement();
    } catch (error) {
      this.syncedTo = undefined;
      this.fail((error as Error).message);
      return false;
    }
    this.askedAt = this.server.clock.now();
    return true;
  }

  /** Who asks hears at once that the next increment cannot be made. */
  private tryIncrement(): void {
    const { server, file } = this;
    const { directory } = file;
    const { name } = file.manifest.withIncrement(directory.prefix).increments.at(-1)!;
    directory.create();
    openIncrement(server, directory, name).close();
    directory.remove(name);
  }

  /** As `ask`, at once whatever it has to wait for. */
  start(): boolean {
    const { server, file } = this;
    this.isScheduled = false;
    this.askedAt = this.syncedTo = undefined;
    let increments: IncrementSwitch | undefined;
    try {
      file.directory.create();
      this.begun++;
      increments = this.beginIncrement();
      this.count++;
      server.stats.backgroundJobs++;
      const snapshot = this.snapshot();
      this.running = { startedAt: server.clock.now(), snapshot, format: this.format, increments, isCancelled: false };
      server.log('notice', `Background append only file rewriting started by pid ${process.pid}`);
      server.persistence.untilWritten(this.run(this.running));
      return true;
    } catch (error) {
      increments?.cancel();
      const { message } = error as Error;
      this.fail(error instanceof CannotMake ? message : `Can't rewrite append only file in background: ${message}`);
      if (file.state === 'starting') this.isScheduled = true;
      return false;
    }
  }

  /** What is written of it is of no use: the append-only file is switched off, or the server ends. */
  cancel(): void {
    const { running } = this;
    if (this.isRunning) this.server.log('notice', `Killing running AOF rewrite child: ${process.pid}`);
    this.askedAt = this.syncedTo = undefined;
    if (!running) return;
    running.isCancelled = true;
    running.increments?.cancel();
    running.snapshot.end();
    this.running = undefined;
  }

  /** One that had to wait, or one that is due by `auto-aof-rewrite-percentage`. */
  startDue(): void {
    if (this.askedAt !== undefined) {
      // Where the disk fails the log says so.
      if (this.isSynced() || this.file.appender.failure !== undefined) this.start();
      return;
    }
    const { growth } = this;
    const isHindered = this.isRunning || this.server.persistence.isSaving || this.isHeldBack;
    // What is appended meanwhile is to be on disk, too.
    if (isHindered || (!this.isScheduled && growth === undefined)) this.syncedTo = undefined;
    else if (this.isSynced()) {
      if (!this.isScheduled) this.server.log('notice', `Starting automatic rewriting of AOF on ${growth}% growth`);
      this.start();
    }
  }

  /**
   * What the last increment has so far, which may be much, first comes to the disk beside the event loop: what a start has
   * to wait for is what is appended meanwhile.
   */
  private isSynced(): boolean {
    const { file, server } = this;
    if (file.state !== 'on' || server.settings.appendFsync === 'always') return true;
    this.syncedTo ??= file.appender.written;
    if (file.appender.synced >= this.syncedTo) return true;
    file.appender.syncBeside();
    return false;
  }

  /** More of the file is on disk, for which one may wait. */
  synced(): void {
    if (this.syncedTo !== undefined) this.startDue();
  }

  /** The data as it is now, in one go: at the start of the server. */
  writeSync(path: string): void {
    const snapshot = this.snapshot();
    try {
      writeFileWhole(path, `${path}.temporary`, snapshot.pieces(Number.POSITIVE_INFINITY, true));
    } finally {
      snapshot.end();
    }
  }

  private snapshot(): Snapshot {
    const { persistence } = this.server;
    if (this.format === 'rdb') return persistence.snapshot({ isAppendOnlyBase: true });
    return persistence.snapshotAs(new CommandFormat(this.server));
  }

  /** By how many percent the file has grown, where it is so much that it is to be rewritten. */
  private get growth(): number | undefined {
    const { server, file } = this;
    const { aofRewritePercentage: percentage, aofRewriteMinSize } = server.settings;
    if (file.state !== 'on' || percentage === 0 || file.size <= aofRewriteMinSize) return undefined;
    const growth = Math.floor((file.size * 100) / (file.baseSize || 1)) - 100;
    return growth < percentage ? undefined : growth;
  }

  /** While the append-only file is being switched on, its first increment has a name of its own until the base is there. */
  private beginIncrement(): IncrementSwitch | undefined {
    const { server, file } = this;
    const { appender, directory } = file;
    if (file.state === 'off') return undefined;
    if (file.state === 'on') {
      const placed = (manifest: Manifest) => {
        file.manifest = manifest;
      };
      const next = file.manifest.withIncrement(directory.prefix);
      const increments = new IncrementSwitch(server, appender, directory, next, this.begun, placed);
      increments.begin();
      return increments;
    }
    const name = temporaryIncrement(directory.prefix);
    // An attempt before this one has left one of the same name, to which a write may still be under way.
    if (appender.increment !== undefined) directory.remove(name);
    appender.leave();
    appender.switchTo(openIncrement(server, directory, name));
    server.log('notice', `Creating AOF incr file ${name} on background rewrite`);
    return undefined;
  }

  private async run(running: Running): Promise<void> {
    const { server, file } = this;
    // One that was cancelled may still be writing.
    const name = `${process.pid}-${this.begun}.aof`;
    const written = join(file.directory.folder, `temp-rewriteaof-bg-${name}`);
    const temporary = join(file.directory.folder, `temp-rewriteaof-${name}`);
    let failed = "Can't rewrite append only file in background";
    try {
      await running.increments?.run();
      if (running.isCancelled) return;
      failed = 'Background AOF rewrite terminated with error';
      await streamFileWhole(written, temporary, server.persistence.pieces(running.snapshot, true));
      if (running.isCancelled) return;
      server.log('notice', 'Background AOF rewrite terminated with success');
      if (!(await this.finish(written, running))) return;
      this.succeed();
      await file.forgetHistory(this.begun, () => !running.isCancelled);
      server.log('notice', 'Background AOF rewrite finished successfully');
    } catch (error) {
      if (!running.isCancelled) this.fail(`${failed}: ${(error as Error).message}`);
    } finally {
      // Where it was never begun.
      running.snapshot.end();
      fs.rmSync(written, { force: true });
      if (this.running === running) this.end();
    }
  }

  /** False when it has been cancelled meanwhile. */
  private async finish(temporary: string, running: Running): Promise<boolean> {
    const { file, server } = this;
    const { directory } = file;
    const manifest = this.nextManifest(running.format);
    const base = manifest.base!.name;
    fs.renameSync(temporary, directory.file(base));
    server.log('notice', `Successfully renamed the temporary AOF base file ${temporary} into ${base}`);
    if (file.state === 'starting') {
      const first = manifest.increments.at(-1)!.name;
      const named = temporaryIncrement(directory.prefix);
      fs.renameSync(directory.file(named), directory.file(first));
      server.log('notice', `Successfully renamed the temporary AOF incr file ${named} into ${first}`);
    }
    const placed = () => {
      file.manifest = manifest;
    };
    return await directory.writeManifestBeside(manifest, this.begun, () => !running.isCancelled, placed);
  }

  private nextManifest(format: 'rdb' | 'aof'): Manifest {
    const { file } = this;
    const { prefix } = file.directory;
    const rebased = file.manifest.withBase(prefix, format);
    if (file.state === 'off') return rebased.withoutIncrementsBefore(0);
    return (file.state === 'starting' ? rebased.withIncrement(prefix) : rebased).withoutIncrementsBefore(1);
  }

  private succeed(): void {
    const { file } = this;
    if (file.state === 'starting') file.state = 'on';
    if (file.state === 'on') {
      file.baseSize = file.measure();
    }
    this.status = 'ok';
    this.failuresInARow = 0;
  }

  /** After several failures one begins by itself only once some time is over. */
  private get isHeldBack(): boolean {
    return this.failuresInARow >= TOLERATED_FAILURES && this.server.clock.now() < this.retryAt;
  }

  private fail(reason: string): void {
    this.status = 'err';
    this.failuresInARow++;
    this.server.log('warning', reason);
    if (this.failuresInARow < TOLERATED_FAILURES) return;
    const minutes = Math.min(2 ** (this.failuresInARow - TOLERATED_FAILURES), LONGEST_PAUSE);
    this.retryAt = this.server.clock.now() + minutes * 60_000;
    this.server.log(
      'warning',
      `Background AOF rewrite has repeatedly failed ${this.failuresInARow} times and triggered the limit, will retry in ${minutes} minutes`,
    );
  }

  private end(): void {
    this.lastSeconds = this.currentSeconds;
    this.running = undefined;
    if (this.file.state === 'starting') this.isScheduled = true;
  }
}

interface Running {
  readonly startedAt: number;
  readonly snapshot: Snapshot;
  /** As it was when it began. */
  readonly format: 'rdb' | 'aof';
  readonly increments: IncrementSwitch | undefined;
  isCancelled: boolean;
}

const TOLERATED_FAILURES = 3;
/** Minutes. */
const LONGEST_PAUSE = 60;

export function temporaryIncrement(prefix: string): string {
  return `temp-${prefix}.incr`;
}
