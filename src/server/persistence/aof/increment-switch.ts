import * as fs from 'node:fs';
import { systemReason } from '../../../core/system-reason.js';
import type { Server } from '../../server.js';
import { syncFolder } from '../rdb-file.js';
import { type AofDirectory, CannotMake } from './aof-directory.js';
import type { Appender } from './appender.js';
import { IncrementFile } from './increment-file.js';
import type { Manifest } from './manifest.js';

/**
 * From one increment to the next at the start of a rewrite, beside the event loop. No file but the last may break off,
 * whatever a crash leaves of them: the manifest names the next increment once the one before is on disk. What happens
 * meanwhile belongs to the next one and waits in memory. Who cannot wait has the rest done at once.
 */
export class IncrementSwitch {
  private readonly name: string;
  private next: IncrementFile | undefined;
  /** The manifest names the next increment. */
  private isPlaced = false;
  private hasEnded = false;
  private failure: Error | undefined;

  /** `order` tells its manifest from others under way. `placed` is called as soon as it is the manifest. */
  constructor(
    private readonly server: Server,
    private readonly appender: Appender,
    private readonly directory: AofDirectory,
    private readonly manifest: Manifest,
    private readonly order: number,
    private readonly placed: (manifest: Manifest) => void,
  ) {
    this.name = manifest.increments.at(-1)!.name;
  }

  /**
   * What happens from now on belongs to the next increment. Throws when that cannot be made, or what has happened before
   * cannot be written.
   */
  begin(): void {
    const { appender, server, directory, name } = this;
    this.next = openIncrement(server, directory, name);
    server.log('notice', `Creating AOF incr file ${name} on background rewrite`);
    appender.settle(true);
    if (appender.bufferLength === 0) {
      appender.hold(this);
      return;
    }
    // It would be in the base, and again in what follows it.
    this.discard();
    throw new Error(`what has happened cannot be written: ${appender.failure}`);
  }

  /** Rejects when it fails: then all that has happened goes on to the increment before. */
  async run(): Promise<void> {
    try {
      await this.appender.increment?.syncBeside();
      if (!this.hasEnded) {
        await this.directory.writeManifestBeside(this.manifest, this.order, () => !this.hasEnded, this.place);
      }
      if (!this.hasEnded) this.complete();
    } catch (error) {
      if (!this.hasEnded) this.giveUp(error as Error);
    }
    if (this.failure !== undefined) throw this.failure;
  }

  force(): void {
    if (this.hasEnded) return;
    try {
      this.appender.increment?.syncNow();
      if (this.isPlaced) syncFolder(this.directory.path);
      else {
        this.directory.writeManifest(this.manifest);
        this.place();
      }
      this.complete();
    } catch (error) {
      this.giveUp(error as Error);
    }
  }

  /** No rewrite is wanted any more. */
  cancel(): void {
    if (this.hasEnded) return;
    if (this.isPlaced) this.force();
    else this.giveUp();
  }

  private readonly place = (): void => {
    this.isPlaced = true;
    this.placed(this.manifest);
  };

  private complete(): void {
    this.hasEnded = true;
    this.appender.switchTo(this.next!);
    this.appender.release();
  }

  private giveUp(failure?: Error): void {
    this.failure = failure;
    // Once the manifest names it there is no way back.
    if (this.isPlaced) {
      this.complete();
      return;
    }
    this.hasEnded = true;
    this.discard();
    this.appender.release();
  }

  private discard(): void {
    this.next?.close();
    fs.rmSync(this.directory.file(this.name), { force: true });
  }
}

/** An empty one, whatever a rewrite that was broken off has left. Throws CannotMake. */
export function openIncrement(server: Server, directory: AofDirectory, name: string): IncrementFile {
  try {
    return new IncrementFile(server, directory.file(name), 'w');
  } catch (error) {
    throw new CannotMake(`Can't open the append-only file ${name}: ${systemReason(error)}`);
  }
}
