import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Server } from '../../server.js';
import type { AppendOnlyFile } from './append-only-file.js';
import { IncrementFile } from './increment-file.js';
import type { Manifest } from './manifest.js';
import { datasetCommands } from './write-commands.js';

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
  private running: { readonly startedAt: number; isCancelled: boolean } | undefined;
  private retryAt = 0;

  constructor(
    private readonly server: Server,
    private readonly file: AppendOnlyFile,
  ) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Seconds so far; -1 when none runs. */
  get currentSeconds(): number {
    return this.running ? Math.floor((this.server.clock.now() - this.running.startedAt) / 1000) : -1;
  }

  get format(): 'rdb' | 'aof' {
    return 'aof';
  }

  /** False when it could not begin: the log says why. */
  start(): boolean {
    const { server, file } = this;
    const { directory } = file;
    this.isScheduled = false;
    try {
      directory.create();
      this.switchIncrement();
      this.count++;
      this.running = { startedAt: server.clock.now(), isCancelled: false };
      server.log('notice', `Background append only file rewriting started by pid ${process.pid}`);
      void this.run(this.running);
      return true;
    } catch (error) {
      server.log('warning', `Can't rewrite append only file in background: ${(error as Error).message}`);
      this.status = 'err';
      return false;
    }
  }

  /** What is written of it is of no use: the append-only file is switched off, or the server ends. */
  cancel(): void {
    if (this.running) this.running.isCancelled = true;
    this.running = undefined;
  }

  /** One that had to wait, or one that is due by `auto-aof-rewrite-percentage`. */
  startDue(): void {
    if (this.isRunning) return;
    if (this.isScheduled || this.hasGrown()) this.start();
  }

  /** The data as it is now, in one go. */
  writeSync(path: string): void {
    const fd = fs.openSync(path, 'w', 0o644);
    try {
      if (this.server.settings.aofTimestamps) {
        fs.writeSync(fd, `#TS:${Math.floor(this.server.clock.now() / 1000)}\r\n`);
      }
      for (const piece of datasetCommands(this.server)) fs.writeSync(fd, piece);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  private hasGrown(): boolean {
    const { server, file } = this;
    const { aofRewritePercentage: percentage, aofRewriteMinSize } = server.settings;
    if (file.state !== 'on' || percentage === 0 || file.size <= aofRewriteMinSize) return false;
    const growth = Math.floor((file.size * 100) / (file.baseSize || 1)) - 100;
    if (growth < percentage || server.clock.now() < this.retryAt) return false;
    server.log('notice', `Starting automatic rewriting of AOF on ${growth}% growth`);
    return true;
  }

  /** While the append-only file is being switched on, its first increment has a name of its own until the base is there. */
  private switchIncrement(): void {
    const { server, file } = this;
    const { directory } = file;
    if (file.state === 'off') return;
    const manifest = file.state === 'on' ? file.manifest.withIncrement(directory.prefix) : undefined;
    const name = manifest?.increments.at(-1)?.name ?? temporaryIncrement(directory.prefix);
    const increment = new IncrementFile(server, directory.file(name), 'w');
    if (manifest) {
      directory.writeManifest(manifest);
      file.manifest = manifest;
    }
    server.log('notice', `Creating AOF incr file ${name} on background rewrite`);
    file.switchTo(increment);
  }

  private async run(running: { readonly startedAt: number; isCancelled: boolean }): Promise<void> {
    const { server, file } = this;
    const temporary = join(file.directory.folder, `temp-rewriteaof-bg-${process.pid}.aof`);
    try {
      this.writeSync(temporary);
      await new Promise((resolve) => setImmediate(resolve));
      if (running.isCancelled) return;
      server.log('notice', 'Background AOF rewrite terminated with success');
      this.finish(temporary);
      this.succeed();
    } catch (error) {
      this.fail(error as Error);
    } finally {
      fs.rmSync(temporary, { force: true });
      if (this.running === running) this.end();
    }
  }

  private finish(temporary: string): void {
    const { file, server } = this;
    const { directory } = file;
    const manifest = this.nextManifest();
    const base = manifest.base!.name;
    fs.renameSync(temporary, directory.file(base));
    server.log('notice', `Successfully renamed the temporary AOF base file ${temporary} into ${base}`);
    if (file.state === 'starting') {
      const first = manifest.increments.at(-1)!.name;
      const named = temporaryIncrement(directory.prefix);
      fs.renameSync(directory.file(named), directory.file(first));
      server.log('notice', `Successfully renamed the temporary AOF incr file ${named} into ${first}`);
    }
    directory.writeManifest(manifest);
    file.manifest = manifest;
  }

  private nextManifest(): Manifest {
    const { file } = this;
    const { prefix } = file.directory;
    const rebased = file.manifest.withBase(prefix, this.format);
    if (file.state === 'off') return rebased.withoutIncrementsBefore(0);
    return (file.state === 'starting' ? rebased.withIncrement(prefix) : rebased).withoutIncrementsBefore(1);
  }

  private succeed(): void {
    const { file, server } = this;
    if (file.state === 'starting') file.state = 'on';
    if (file.state === 'on') {
      file.size = file.baseSize = file.directory.size(file.manifest.parts.map((part) => part.name));
    }
    file.removeHistory();
    this.status = 'ok';
    this.failuresInARow = 0;
    server.log('notice', 'Background AOF rewrite finished successfully');
  }

  private fail(error: Error): void {
    this.status = 'err';
    this.failuresInARow++;
    this.server.log('warning', `Background AOF rewrite terminated with error: ${error.message}`);
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

const TOLERATED_FAILURES = 3;
/** Minutes. */
const LONGEST_PAUSE = 60;

function temporaryIncrement(prefix: string): string {
  return `temp-${prefix}.incr`;
}
