import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemReason } from '../../../core/system-reason.js';
import { removeFile, syncFolder, syncFolderBeside } from '../rdb-file.js';
import { Manifest } from './manifest.js';

/**
 * The folder of an append-only file. A manifest is replaced as a whole: written beside, synced, renamed over the old
 * one, and the folder synced, so that after a crash it is one or the other.
 */
export class AofDirectory {
  readonly path: string;

  constructor(
    readonly folder: string,
    dirname: string,
    /** What all its files' names begin with. */
    readonly prefix: string,
  ) {
    this.path = join(folder, dirname);
  }

  get manifestName(): string {
    return `${this.prefix}.manifest`;
  }

  /** There is an append-only file, of this or an older kind. */
  get exists(): boolean {
    return [this.file(this.manifestName), join(this.folder, this.prefix)].some((path) => fs.existsSync(path));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Throws CannotMake. */
  create(): void {
    if (fs.existsSync(this.path)) return;
    try {
      // Not `recursive`, which takes a read-only file system for a folder that is not there.
      fs.mkdirSync(this.path);
      syncFolder(this.folder);
    } catch (error) {
      throw new CannotMake(`Can't open or create append-only dir ${basename(this.path)}: ${systemReason(error)}`);
    }
  }

  /** Empty when there is none. Throws ManifestError. */
  readManifest(): Manifest {
    const path = this.file(this.manifestName);
    return fs.existsSync(path) ? Manifest.parse(fs.readFileSync(path, 'latin1')) : new Manifest();
  }

  writeManifest(manifest: Manifest): void {
    const temporary = this.file(`temp-${this.manifestName}`);
    const fd = fs.openSync(temporary, 'w', 0o644);
    try {
      fs.writeFileSync(fd, manifest.format(), 'latin1');
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, this.file(this.manifestName));
    // The files' names are on disk as they are now.
    syncFolder(this.path);
  }

  /**
   * As `writeManifest`, beside the event loop; nothing is put in place, and false answered, where it is not `wanted` any
   * more by then. `placed` is called as soon as it is the manifest. `order` tells it from others under way.
   */
  async writeManifestBeside(
    manifest: Manifest,
    order: number,
    wanted: () => boolean,
    placed: () => void,
  ): Promise<boolean> {
    const temporary = this.file(`temp-bg-${process.pid}-${order}-${this.manifestName}`);
    await syncFolderBeside(this.path);
    try {
      await writeSurely(temporary, manifest.format());
      if (!wanted()) return false;
      fs.renameSync(temporary, this.file(this.manifestName));
      placed();
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    await syncFolderBeside(this.path);
    return wanted();
  }

  /** Bytes of the files, each of which has to be there. */
  size(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + fs.statSync(this.file(name)).size, 0);
  }

  remove(name: string): void {
    removeFile(this.file(name));
  }

  /**
   * An append-only file from before Redis 7, one file in the folder above, becomes the base. The manifest is written
   * first: it says what the file's name means once it has moved.
   */
  takeOver(): Manifest | undefined {
    const old = join(this.folder, this.prefix);
    if (!fs.existsSync(old)) return undefined;
    const known = this.readManifest();
    const began = known.base?.name === this.prefix && known.increments.length === 0;
    if (!known.isEmpty && !(began && !fs.existsSync(this.file(this.prefix)))) return undefined;
    this.create();
    const manifest = Manifest.ofOldFile(this.prefix);
    this.writeManifest(manifest);
    fs.renameSync(old, this.file(this.prefix));
    return manifest;
  }
}

/** A file or the folder cannot be made: what the log is to say. */
export class CannotMake extends Error {
  override readonly name = 'CannotMake';
}

async function writeSurely(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    await file.writeFile(text, 'latin1');
    await file.sync();
  } finally {
    await file.close();
  }
}
