import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Server } from '../server.js';
import { BackgroundJob } from './background-job.js';
import { FolderLock } from './folder-lock.js';
import { keyDelay } from './key-delay.js';
import { Loading, LoadingStopped, type ReplaceOptions } from './loading.js';
import type { LoadOptions, LoadResult } from './rdb/load.js';
import { type RdbContents, RdbFormat } from './rdb/rdb-format.js';
import { type OpenRdb, streamFileWhole, writeFileWhole } from './rdb-file.js';
import { Snapshot, type SnapshotFormat } from './snapshot.js';

/**
 * The RDB file: loaded at the start, written by SAVE, BGSAVE, SHUTDOWN, at save points and for replicas. A server that
 * keeps no files (one that is embedded without a `dir`) does none of it: its data can be taken as a snapshot, and that is
 * all.
 *
 * A background save happens in this process, in slices between which commands run (snapshot.ts).
 */
export class Persistence {
  /** Seconds since the epoch. */
  lastSave: number;
  lastStatus: 'ok' | 'err' = 'ok';
  /** Seconds that the last background save took; -1: there was none. */
  lastDuration = -1;
  /** Asked for, by SAVE, BGSAVE or a save point, whatever became of them. */
  saves = 0;
  /** Bytes that had to be copied, since they changed, while the last snapshot was taken. */
  lastCopied = 0;
  /** BGSAVE SCHEDULE: one is to begin when nothing else is written in the background. */
  isScheduled = false;
  readonly loads: Loading;
  private background: BackgroundJob | undefined;
  private running: Snapshot | undefined;
  private savedDirty = 0;
  private closed = false;
  private triedAt = 0;
  /** Background saves begun. */
  private begun = 0;
  private folder: FolderLock | undefined;
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly server: Server,
    /** Whether there are files at all. */
    readonly keepsFiles: boolean,
    /** The folder is nobody else's: an append-only file that is not there yet begins with the RDB file. */
    private readonly ownsFolder = false,
  ) {
    this.loads = new Loading(server, keepsFiles);
    this.lastSave = Math.floor(server.clock.now() / 1000);
  }

  /** The data is being loaded, or will be: commands wait for it. */
  get loading(): boolean {
    return this.loads.isUnderway;
  }

  /** New data is being loaded, and the old is there still. */
  get isLoadingBeside(): boolean {
    return this.loads.isBeside;
  }

  /** Changes since the last save. */
  get changes(): number {
    return this.server.effects.dirty - this.savedDirty;
  }

  /** A snapshot is being taken in the background: for the file, or for replicas. */
  get isSaving(): boolean {
    return this.background !== undefined;
  }

  /** Of the background save that is running: its snapshot, and seconds so far. */
  get progress(): { readonly snapshot: Snapshot; readonly seconds: number } | undefined {
    if (!this.background) return undefined;
    const { snapshot, startedAt } = this.background;
    return { snapshot, seconds: Math.floor((this.server.clock.now() - startedAt) / 1000) };
  }

  /** The data has been replaced by what is on disk. */
  forgetChanges(): void {
    this.savedDirty = this.server.effects.dirty;
  }

  /** Whether some commands are refused: the data is being loaded, or could not be saved. */
  get isTroubled(): boolean {
    return this.loads.isUnderway || this.loads.isBeside || this.lastStatus === 'err';
  }

  /** Whether writes are refused because the data cannot be saved. */
  get refusesWrites(): boolean {
    return this.lastStatus === 'err' && this.server.settings.stopWritesOnSaveError && this.savePoints.length > 0;
  }

  get path(): string {
    const { configuration } = this.server;
    return join(configuration.get('dir') ?? '.', configuration.get('dbfilename') ?? '');
  }

  get savePoints(): readonly SavePoint[] {
    if (!this.keepsFiles) return [];
    const numbers = (this.server.configuration.get('save') ?? '').split(' ').map(Number);
    const points: SavePoint[] = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) points.push({ seconds: numbers[i]!, changes: numbers[i + 1]! });
    return points;
  }

  /** The data as of now. One snapshot runs at a time: one that still does is brought to its end in memory. */
  snapshot(contents: RdbContents = {}): Snapshot {
    const replication = contents.isAppendOnlyBase ? undefined : this.server.replication.place;
    const format = new RdbFormat(this.server, { ...contents, ...(replication ? { replication } : {}) });
    return this.snapshotAs(format, contents.functionsOnly !== true);
  }

  snapshotAs(format: SnapshotFormat, withKeys = true): Snapshot {
    if (this.running && !this.running.hasEnded) this.running.rush();
    this.running = new Snapshot(this.server, format, withKeys);
    return this.running;
  }

  /** Its bytes, with a turn of the event loop for everybody else after each slice. `passing`: as `Snapshot.pieces` has it. */
  async *pieces(snapshot: Snapshot, passing: boolean): AsyncGenerator<Buffer> {
    const { settings, clock } = this.server;
    let waitedFor = 0;
    try {
      for (const piece of snapshot.pieces(settings.keySaveDelay > 0 ? 0 : SLICE, passing)) {
        if (piece.length > 0) yield piece;
        await nextTurn();
        const written = snapshot.keys - waitedFor;
        waitedFor = snapshot.keys;
        await keyDelay(
          clock,
          () => written * settings.keySaveDelay,
          () => this.closed || snapshot.hasEnded,
        );
      }
    } finally {
      snapshot.end();
    }
  }

  /**
   * No other server may use the folder from now on, where this one writes to it by itself or owns it: others without
   * save points and append-only file may share one, as with redis-server. Rejects with FolderInUse.
   */
  async lock(): Promise<void> {
    const { configuration, log } = this.server;
    const writesToIt = this.savePoints.length > 0 || configuration.get('appendonly') === 'yes';
    if (!this.keepsFiles || !(writesToIt || this.ownsFolder)) return;
    const folder = resolve(configuration.get('dir') ?? '.');
    const unlockable = ({ message }: Error) =>
      log('warning', `Another server could use the folder ${folder} too, since it cannot be locked: ${message}`);
    // Two servers may share a folder, as with Redis, when their append-only files have other names: those are their data.
    const isAppendOnly = configuration.get('appendonly') === 'yes';
    const name = isAppendOnly ? configuration.get('appendfilename') : undefined;
    const file = configuration.get('dbfilename');
    this.folder = await FolderLock.take(folder, unlockable, {
      part: name === 'appendonly.aof' ? undefined : name,
      data: isAppendOnly ? undefined : file,
      saves: this.savePoints.length > 0 ? file : undefined,
    });
  }

  /** What was under way has left the folder, also what was cancelled. */
  async unlock(): Promise<void> {
    await Promise.all(this.writing);
    await this.folder?.release();
    this.folder = undefined;
  }

  /** Loads what the files hold, if there are any. Rejects with RdbError or AofError when they are not sound. */
  async load(): Promise<void> {
    const { server, loads } = this;
    if (!loads.isUnderway) return;
    await server.start();
    try {
      // Its files are the data, whatever an RDB file says.
      const isAppendOnly = server.configuration.get('appendonly') === 'yes';
      if (!isAppendOnly || (this.ownsFolder && !server.appendOnlyFile.directory.exists)) await this.loadFile();
      if (isAppendOnly) await server.appendOnlyFile.open();
    } catch (error) {
      if (error instanceof LoadingStopped) return;
      throw error;
    }
    loads.isUnderway = false;
    server.cluster?.adoptData();
  }

  private async loadFile(): Promise<void> {
    const { server } = this;
    const { replication } = server;
    const startedAt = performance.now();
    const isReplica = server.settings.primary !== '';
    if (!isReplica) replication.beginLoading();
    const result = await this.loads.readFile(this.path, {
      keepExpired: isReplica,
      expired: (db, key) => server.effects.emit(db.number, 'DEL', key.text(0)),
    });
    replication.endLoading(result?.aux ?? new Map(), isReplica);
    if (!result) return;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(3);
    server.log('notice', `DB loaded from disk: ${seconds} seconds`);
  }

  /** Loads the file, or `bytes`, at once. Throws RdbError. */
  loadNow(bytes: Buffer | undefined, options: LoadOptions): void {
    this.loads.now(bytes ?? this.path, options);
  }

  /** Replaces all data by what comes from a primary; when it is not sound there is no data then, or the old. */
  async replace(file: OpenRdb, options: ReplaceOptions): Promise<LoadResult> {
    this.cancelBackground();
    return await this.loads.replace(file, options);
  }

  /** SAVE: false, with a line in the log, when it fails. */
  saveNow(): boolean {
    const snapshot = this.snapshot();
    try {
      writeFileWhole(this.path, this.temporaryPath(), snapshot.pieces(Number.POSITIVE_INFINITY, true));
    } catch (error) {
      this.server.log('warning', `Write error saving DB on disk: ${(error as Error).message}`);
      return false;
    } finally {
      snapshot.end();
    }
    this.server.log('notice', 'DB saved on disk');
    this.saved(snapshot);
    return true;
  }

  /** BGSAVE; none must be running. Resolves with whether the file was saved. */
  saveInBackground(): Promise<boolean> {
    const job = this.begin({}, true);
    this.isScheduled = false;
    this.triedAt = job.startedAt;
    this.begun++;
    this.saves++;
    this.server.log('notice', `Background saving started by pid ${process.pid}`);
    this.untilWritten(this.write(job));
    return job.done;
  }

  /** A snapshot for replicas, as it is made; none must be running. */
  streamInBackground(contents: RdbContents): BackgroundJob {
    return this.begin(contents, false);
  }

  /** Something that writes to the folder beside the event loop, which never rejects. */
  untilWritten(writing: Promise<void>): void {
    this.writing.add(writing);
    void writing.then(() => this.writing.delete(writing));
  }

  private begin(contents: RdbContents, passing: boolean): BackgroundJob {
    const snapshot = this.snapshot(contents);
    this.server.stats.backgroundJobs++;
    const pieces = this.pieces(snapshot, passing);
    const job = new BackgroundJob(snapshot, this.server.clock.now(), pieces, () => this.ended(job));
    this.background = job;
    return job;
  }

  private ended({ snapshot, startedAt }: BackgroundJob): void {
    this.background = undefined;
    this.lastDuration = Math.floor((this.server.clock.now() - startedAt) / 1000);
    this.lastCopied = snapshot.copied;
    // Those who waited for it have their turn.
    queueMicrotask(() => this.server.replication.fullSync.startDue());
  }

  /** The data it would save is of no use any more. */
  cancelBackground(): void {
    this.background?.cancel();
  }

  /** The server ends: what has not been loaded yet never will be. */
  close(): void {
    this.closed = true;
    this.loads.close();
    this.cancelBackground();
  }

  /**
   * All keys are gone: the file is to say so at once, where there is to be one. `changes`: what the running command
   * will be counted as, and what is saved with it.
   */
  flushed(changes: number): void {
    this.cancelBackground();
    if (this.savePoints.length > 0 && this.saveNow()) this.savedDirty += changes;
  }

  /** Before the server ends; false when it must not, because the data cannot be saved. */
  beforeShutdown(mode: 'save' | 'nosave' | 'default'): boolean {
    this.cancelBackground();
    if (!this.keepsFiles || mode === 'nosave' || (mode === 'default' && this.savePoints.length === 0)) return true;
    this.server.log('notice', 'Saving the final RDB snapshot before exiting.');
    return this.saveNow();
  }

  /** Ten times a second: saves when a save point is reached, after a failure every five seconds. */
  cycle(): void {
    if (!this.keepsFiles || this.loading || this.background || this.server.appendOnlyFile.rewrite.isRunning) return;
    const now = this.server.clock.now();
    if (this.lastStatus === 'err' && now - this.triedAt < RETRY_AFTER) return;
    if (this.isScheduled) {
      void this.saveInBackground();
      return;
    }
    if (this.changes === 0) return;
    const age = Math.floor(now / 1000) - this.lastSave;
    const due = this.savePoints.find(({ seconds, changes }) => this.changes >= changes && age > seconds);
    if (!due) return;
    this.server.log('notice', `${due.changes} changes in ${due.seconds} seconds. Saving...`);
    void this.saveInBackground();
  }

  private async write(job: BackgroundJob): Promise<void> {
    const { server } = this;
    try {
      await streamFileWhole(this.path, this.temporaryPath('bg'), job, () => {
        if (job.isCancelled) throw new Error('cancelled');
      });
      // The file has been there, and may be another by now.
      if (job.isCancelled) return;
      server.log('notice', 'DB saved on disk');
      server.log('notice', 'Background saving terminated with success');
      this.saved(job.snapshot);
      job.end(true);
    } catch (error) {
      if (job.isCancelled) return;
      server.log('warning', `Background saving error: ${(error as Error).message}`);
      this.lastStatus = 'err';
      job.end(false);
    }
  }

  private saved(snapshot: Snapshot): void {
    this.savedDirty = snapshot.dirty;
    this.lastSave = Math.floor(this.server.clock.now() / 1000);
    this.lastStatus = 'ok';
  }

  /** Of its own for each process and save in the background: one that was cancelled may still be writing. */
  private temporaryPath(kind = ''): string {
    const number = kind === '' ? '' : `-${this.begun}`;
    return join(this.server.configuration.get('dir') ?? '.', `temp-${kind}${process.pid}${number}.rdb`);
  }
}

interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** Milliseconds that saving takes before everybody else has a turn. */
const SLICE = 1;
const RETRY_AFTER = 5000;
