import type { Server } from '../../server.js';
import { finish } from '../loading.js';
import { AofDirectory } from './aof-directory.js';
import { AofError } from './aof-error.js';
import { Appender } from './appender.js';
import { IncrementFile } from './increment-file.js';
import { AofProgress, loadParts } from './load.js';
import { Manifest } from './manifest.js';
import { readManifest, takeOver } from './read-manifest.js';
import { Rewrite, temporaryIncrement } from './rewrite.js';

/**
 * The append-only file: a base, and increments of what has happened since, the last of which effects are appended to.
 * `off`; `on`; or `starting`: switched on while the server runs, which counts once a first base is written.
 */
export class AppendOnlyFile {
  state: 'off' | 'starting' | 'on' = 'off';
  manifest = new Manifest();
  readonly rewrite: Rewrite;
  readonly appender: Appender;
  /** Bytes of base and increments after the last rewrite. */
  baseSize = 0;
  /** Of base and increments, when that was looked at last, and where the appender was then. */
  private measured = 0;
  private measuredAt = 0;

  constructor(private readonly server: Server) {
    this.rewrite = new Rewrite(server, this);
    this.appender = new Appender(server, this.rewrite);
  }

  /** Replies wait for what is appended. */
  get isOn(): boolean {
    return this.state !== 'off';
  }

  /** Bytes of base and increments. */
  get size(): number {
    return this.measured + this.appender.place - this.measuredAt;
  }

  /** Looks at the files that there are. */
  measure(): number {
    this.measured = this.directory.size(this.manifest.parts.map((part) => part.name));
    this.measuredAt = this.appender.place;
    return this.measured;
  }

  /** Where `dir`, `appenddirname` and `appendfilename` say. */
  get directory(): AofDirectory {
    const { configuration } = this.server;
    const value = (name: string) => configuration.get(name) ?? '';
    return new AofDirectory(value('dir'), value('appenddirname'), value('appendfilename'));
  }

  /** Reads what there is, at the start of a server with `appendonly yes`, and goes on from there. */
  async open(): Promise<void> {
    const { directory, server } = this;
    const written = readManifest(server, directory);
    this.manifest = written;
    const started = performance.now();
    const progress = new AofProgress(server.clock.now());
    if (await server.persistence.loads.runSteps(this.load(progress), progress)) {
      const seconds = ((performance.now() - started) / 1000).toFixed(3);
      server.log('notice', `DB loaded from append only file: ${seconds} seconds`);
    }
    directory.create();
    if (this.manifest.isEmpty) {
      const manifest = this.manifest.withBase(directory.prefix, this.rewrite.format);
      this.rewrite.writeSync(directory.file(manifest.base!.name));
      server.log('notice', `Creating AOF base file ${manifest.base!.name} on server start`);
      this.manifest = manifest;
    }
    const known = this.manifest.increments.at(-1);
    if (known === undefined) this.manifest = this.manifest.withIncrement(directory.prefix);
    const { name } = this.manifest.increments.at(-1)!;
    server.log('notice', `${known === undefined ? 'Creating' : 'Opening'} AOF incr file ${name} on server start`);
    // What a rewrite that was broken off has left of the same name is not part of it.
    const increment = new IncrementFile(server, directory.file(name), known === undefined ? 'w' : 'r+');
    // Its folder need not be writable as long as there is nothing to tell.
    if (this.manifest !== written) directory.writeManifest(this.manifest);
    this.state = 'on';
    this.appender.switchTo(increment);
    this.measure();
    if (!this.removeHistory()) return;
    this.manifest = this.manifest.withoutHistory();
    directory.writeManifest(this.manifest);
  }

  /** Executes what the files say; false when there is nothing. Throws AofError. */
  private *load(progress: AofProgress): Generator<number, boolean> {
    const { directory, server } = this;
    this.manifest = takeOver(server, directory) ?? this.manifest;
    if (this.manifest.isEmpty) return false;
    const found = yield* loadParts(server, directory, this.manifest, progress);
    this.measure();
    this.baseSize = this.manifest.base === undefined ? 0 : directory.size([this.manifest.base.name]);
    return found;
  }

  /** DEBUG LOADAOF: the data is what the files say. Commands wait meanwhile. */
  async reload(): Promise<void> {
    const { persistence, clock } = this.server;
    this.dropData();
    const progress = new AofProgress(clock.now());
    persistence.loads.isUnderway = true;
    try {
      await persistence.loads.runSteps(this.load(progress), progress);
    } finally {
      persistence.loads.isUnderway = false;
    }
    persistence.forgetChanges();
  }

  /** As `reload`, at once. */
  reloadNow(): void {
    this.dropData();
    finish(this.load(new AofProgress(this.server.clock.now())));
    this.server.persistence.forgetChanges();
  }

  private dropData(): void {
    const { keyspace } = this.server;
    this.appender.settle(true);
    keyspace.flush(keyspace.databases);
    if (this.state === 'on') this.manifest = readManifest(this.server, this.directory);
  }

  /** After CONFIG SET appendonly. */
  switch(): void {
    const isWanted = this.server.configuration.get('appendonly') === 'yes';
    if (isWanted === this.isOn) return;
    if (isWanted) this.start();
    else this.stop();
  }

  private start(): void {
    const { dispatcher, log, persistence } = this.server;
    this.state = 'starting';
    const obstacle = persistence.isSaving
      ? 'but there is already another background operation'
      : dispatcher.isNested && 'during a transaction';
    if (obstacle) {
      this.rewrite.isScheduled = true;
      log('warning', `AOF was enabled ${obstacle}. An AOF background was scheduled to start when possible.`);
      return;
    }
    if (this.rewrite.isRunning) {
      const text = 'AOF was enabled but there is already an AOF rewriting in background.';
      log('warning', `${text} Stopping background AOF and starting a rewrite now.`);
      this.rewrite.cancel();
    }
    if (this.rewrite.start()) return;
    this.stop();
    throw new AofError('Unable to turn on AOF. Check server logs.');
  }

  stop(): void {
    this.rewrite.cancel();
    this.appender.settle(true);
    this.appender.leave();
    this.state = 'off';
    this.rewrite.isScheduled = false;
    this.directory.remove(temporaryIncrement(this.directory.prefix));
  }

  /** Ten times a second. */
  cycle(): void {
    this.appender.flush();
    this.rewrite.startDue();
  }

  /** Everything on disk, at the server's end. */
  close(): void {
    if (this.state === 'off') return;
    this.rewrite.cancel();
    this.appender.settle(true);
    this.appender.close();
    this.state = 'off';
  }

  /** Removes the files that the manifest calls history; false when none of it is to be forgotten. */
  private removeHistory(): boolean {
    const { server, directory } = this;
    if (this.manifest.history.length === 0 || server.configuration.get('aof-disable-auto-gc') === 'yes') return false;
    for (const { name } of this.manifest.history) {
      server.log('notice', `Removing the history file ${name} in the background`);
      directory.remove(name);
    }
    return true;
  }

  /** Removes it at the end of a rewrite, and says so in the manifest, which is left as it is where it is not `wanted` so. */
  async forgetHistory(order: number, wanted: () => boolean): Promise<void> {
    if (!this.removeHistory()) return;
    const manifest = this.manifest.withoutHistory();
    await this.directory.writeManifestBeside(manifest, order, wanted, () => {
      this.manifest = manifest;
    });
  }
}
