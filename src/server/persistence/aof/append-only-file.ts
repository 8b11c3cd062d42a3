import { standStill } from '../../../core/stand-still.js';
import { systemReason } from '../../../core/system-reason.js';
import type { Area } from '../../../resp/area.js';
import { encodeWords } from '../../../resp/request-encoder.js';
import { ByteQueue } from '../../byte-queue.js';
import { Target } from '../../effects.js';
import type { Server } from '../../server.js';
import { finish } from '../loading.js';
import { AofDirectory } from './aof-directory.js';
import { AofError } from './aof-error.js';
import { IncrementFile } from './increment-file.js';
import { AofProgress, loadParts } from './load.js';
import { Manifest } from './manifest.js';
import { readManifest, takeOver } from './read-manifest.js';
import { Rewrite, temporaryIncrement } from './rewrite.js';

/**
 * The append-only file: effects as commands, in the order they happened. `flush` is called before anybody hears of
 * them, so that a client whose command was answered finds its effect after a crash of the process (unless a sync of
 * `everysec` takes long: then, as in Redis, writes wait up to two seconds and replies do not). Under `always` what is
 * written and what is synced go in turn, everything that has come meanwhile at once, and while the file `isBehind`
 * nobody hears of what is not on disk. `off`; `on`; or `starting`: switched on while the server runs, which counts once a
 * first base is written.
 */
export class AppendOnlyFile {
  state: 'off' | 'starting' | 'on' = 'off';
  manifest = new Manifest();
  increment: IncrementFile | undefined;
  readonly rewrite: Rewrite;
  /** Bytes of base and increments: now, and after the last rewrite. */
  size = 0;
  baseSize = 0;
  /** DEBUG AOF-FLUSH-SLEEP: milliseconds before each write. */
  flushPause = 0;
  private writeFailure: string | undefined;
  private syncFailure: string | undefined;
  /** Under `always`, between two syncs. */
  private isGathering = false;
  private database = -1;
  /** Bytes of the increments before this one. */
  private before = 0;
  private readonly pending = new ByteQueue();
  private annotatedAt = 0;
  private stopFollowing: () => void = () => undefined;

  constructor(private readonly server: Server) {
    this.rewrite = new Rewrite(server, this);
  }

  /** Replies wait for `flush`. */
  get isOn(): boolean {
    return this.state !== 'off';
  }

  get bufferLength(): number {
    return this.pending.length;
  }

  /** Why the last write, or the last sync, failed: until one succeeds, commands that write are refused. */
  get failure(): string | undefined {
    return this.writeFailure ?? this.syncFailure;
  }

  /** What has happened is not yet where it has to be before anybody hears of it. */
  get isBehind(): boolean {
    return this.pending.length > 0 || this.awaitsSync;
  }

  /** Nobody may hear of what has happened before a sync has ended. */
  get awaitsSync(): boolean {
    return this.increment !== undefined && this.isAlwaysSynced && this.synced < this.written;
  }

  /** Places in what was ever appended: its end, how far it is on disk, and will be when the sync under way has ended. */
  get written(): number {
    return this.before + (this.increment?.size ?? 0) + this.pending.length;
  }

  get synced(): number {
    return this.before + (this.increment?.syncedSize ?? 0);
  }

  get syncing(): number {
    return this.before + (this.increment?.syncingSize ?? 0);
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
    this.manifest = readManifest(server, directory);
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
    this.increment = new IncrementFile(server, directory.file(name), known === undefined ? 'w' : 'a');
    directory.writeManifest(this.manifest);
    this.state = 'on';
    this.follow();
    this.size = directory.size(this.manifest.parts.map((part) => part.name));
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
    this.size = directory.size(this.manifest.parts.map((part) => part.name));
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
    this.settle(true);
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
    this.settle(true);
    this.leaveIncrement();
    this.state = 'off';
    this.rewrite.isScheduled = false;
    this.directory.remove(temporaryIncrement(this.directory.prefix));
  }

  /** What has happened is of no use in a file: none is wanted, or a snapshot that is about to be taken has all of it. */
  leaveIncrement(): void {
    this.stopFollowing();
    this.pending.clear();
    this.writeFailure = this.syncFailure = undefined;
    this.before += this.increment?.size ?? 0;
    this.increment?.close();
    this.increment = undefined;
    this.server.turn.schedule();
  }

  /** What follows goes to another increment, which begins now. */
  switchTo(increment: IncrementFile): void {
    this.settle(true);
    this.before += (this.increment?.size ?? 0) - increment.size;
    this.increment?.close();
    this.increment = increment;
    this.database = -1;
    this.follow();
  }

  /** Writes what has happened, and has it synced beside the event loop as `appendfsync` says. */
  flush(): void {
    const { increment } = this;
    if (increment === undefined || (this.isAlwaysSynced && (increment.isSyncing || this.isGathering))) return;
    if (this.pending.length > 0 && !increment.isPostponed) this.write(increment);
    if (this.isAlwaysSynced || (this.syncPolicy === 'everysec' && increment.isDue)) this.sync(increment);
  }

  /** As `flush`, and what has to be synced is on disk when it returns. `now`: whatever sync is under way. */
  settle(now = false): void {
    const { increment } = this;
    if (increment === undefined) return;
    if (this.pending.length > 0 && (now || !increment.isPostponed)) this.write(increment);
    if (!this.isAlwaysSynced || this.writeFailure !== undefined) return;
    this.server.turn.schedule();
    this.syncNow(increment);
  }

  private syncNow(increment: IncrementFile): void {
    if (increment.syncedSize === increment.size) return;
    const began = this.server.latency.begin();
    try {
      increment.syncNow();
      this.server.latency.end('aof-fsync-always', began);
    } catch (error) {
      this.cannotSync(error);
    }
  }

  /** Ten times a second. */
  cycle(): void {
    if (this.increment !== undefined) this.flush();
    this.rewrite.startDue();
  }

  /** Everything on disk, at the server's end. */
  close(): void {
    if (this.state === 'off') return;
    this.rewrite.cancel();
    this.settle(true);
    this.stopFollowing();
    this.increment?.close();
    this.increment = undefined;
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

  private follow(): void {
    this.stopFollowing();
    this.stopFollowing = this.server.effects.listen(Target.appendOnlyFile, (db, area, start, length) =>
      this.append(db, area, start, length),
    );
  }

  private append(db: number, area: Area, start: number, length: number): void {
    if (this.server.settings.aofTimestamps) this.annotate();
    if (db !== this.database) {
      this.pending.addBytes(encodeWords(['SELECT', String(db)]));
      this.database = db;
    }
    this.pending.add(area, start, length);
    this.server.turn.schedule();
  }

  /** When what follows was written, for `redis-check-aof --truncate-to-timestamp`. */
  private annotate(): void {
    const seconds = Math.floor(this.server.keyspace.now / 1000);
    if (seconds <= this.annotatedAt) return;
    this.annotatedAt = seconds;
    this.pending.addBytes(Buffer.from(`#TS:${seconds}\r\n`));
  }

  private write(increment: IncrementFile): void {
    if (this.flushPause > 0) standStill(this.flushPause);
    const began = this.server.latency.begin();
    try {
      increment.write(this.pending.pieces());
    } catch (error) {
      this.pending.drop(increment.writtenOfLast);
      this.fail(error);
      return;
    }
    for (const event of ['aof-write', this.writeCircumstance]) this.server.latency.end(event, began);
    this.size += this.pending.length;
    this.pending.clear();
    if (this.writeFailure === undefined) return;
    this.writeFailure = undefined;
    this.server.log('warning', 'AOF write error looks solved, Redis can write again.');
  }

  /** What has happened until now comes to the disk, whatever `appendfsync` says; after a failure once a second. */
  syncBeside(): void {
    const { increment } = this;
    if (increment === undefined) return;
    if (this.pending.length > 0 && !increment.isPostponed) this.write(increment);
    if (this.syncFailure === undefined || increment.isDue) this.sync(increment);
  }

  private sync(increment: IncrementFile): void {
    const began = this.server.latency.begin();
    const isAlways = this.isAlwaysSynced;
    increment.sync((error) => {
      if (isAlways) this.server.latency.end('aof-fsync-always', began);
      this.syncFailure = undefined;
      if (error) this.cannotSync(error);
      this.server.turn.synced();
      if (this.isAlwaysSynced) this.gather(GATHERED_TURNS);
      if (!error) this.rewrite.synced();
    });
  }

  /** Those who have just been answered may have more to say: a few turns later more of them share the next sync. */
  private gather(turns: number): void {
    this.isGathering = turns > 0;
    if (turns > 0) setImmediate(() => this.gather(turns - 1));
    else this.flush();
  }

  private cannotSync(error: unknown): void {
    const { server } = this;
    const reason = systemReason(error);
    if (server.settings.appendFsync === 'always') {
      server.giveUp(`Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${reason}. Exiting...`);
      return;
    }
    server.log('warning', `Fail to fsync the AOF file: ${reason}`);
    this.syncFailure = reason;
  }

  /** What a write that took long may have waited for. */
  private get writeCircumstance(): string {
    if (this.increment?.isSyncing) return 'aof-write-pending-fsync';
    return this.rewrite.isRunning || this.server.persistence.isSaving ? 'aof-write-active-child' : 'aof-write-alone';
  }

  private fail(error: unknown): void {
    const { server } = this;
    const reason = systemReason(error);
    if (this.writeFailure === undefined) server.log('warning', `Error writing to the AOF file: ${reason}`);
    this.writeFailure = reason;
    if (server.settings.appendFsync === 'always') {
      server.giveUp("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
    }
  }

  private get isAlwaysSynced(): boolean {
    return this.syncPolicy === 'always';
  }

  /** With `no-appendfsync-on-rewrite` the disk is busy enough meanwhile. */
  private get syncPolicy(): string {
    const { noFsyncOnRewrite, appendFsync } = this.server.settings;
    return noFsyncOnRewrite && this.rewrite.isRunning ? 'no' : appendFsync;
  }
}

/** Turns of the event loop, some ten microseconds each. */
const GATHERED_TURNS = 4;
