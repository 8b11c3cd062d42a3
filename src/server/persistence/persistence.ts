import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from '../../core/clock.js';
import type { Server } from '../server.js';
import { type LoadOptions, type LoadResult, loadRdb } from './rdb/load.js';
import { type RdbContents, RdbFormat } from './rdb/rdb-format.js';
import { RdbInput } from './rdb/rdb-input.js';
import { RdbError } from './rdb/types.js';
import { type OpenRdb, openRdb, streamFileWhole, writeFileWhole } from './rdb-file.js';
import { Snapshot, type SnapshotFormat } from './snapshot.js';

/**
 * The RDB file: loaded at the start, written by SAVE, BGSAVE, SHUTDOWN and at save points. A server that keeps no files
 * (one that is embedded without a `dir`) does none of it: its data can be taken as a snapshot, and that is all.
 *
 * A background save happens in this process, in slices between which commands run (snapshot.ts).
 */
export class Persistence {
  /** Seconds since the epoch. */
  lastSave: number;
  lastStatus: 'ok' | 'err' = 'ok';
  /** Seconds that the last background save took; -1: there was none. */
  lastDuration = -1;
  saves = 0;
  lastLoad: LoadResult | undefined;
  /** The data is being loaded, or will be: commands wait for it. */
  loading: boolean;
  /** New data is being loaded, and the old is there still. */
  isLoadingBeside = false;
  /** BGSAVE SCHEDULE: one is to begin when nothing else is written in the background. */
  isScheduled = false;
  private background: BackgroundSave | undefined;
  private running: Snapshot | undefined;
  private savedDirty = 0;
  private closed = false;
  private triedAt = 0;

  constructor(
    private readonly server: Server,
    /** Whether there are files at all. */
    readonly keepsFiles: boolean,
  ) {
    this.loading = keepsFiles;
    this.lastSave = Math.floor(server.clock.now() / 1000);
  }

  /** Changes since the last save. */
  get changes(): number {
    return this.server.effects.dirty - this.savedDirty;
  }

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
    return this.loading || this.isLoadingBeside || this.lastStatus === 'err';
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
    return this.snapshotAs(new RdbFormat(this.server, contents), contents.functionsOnly !== true);
  }

  snapshotAs(format: SnapshotFormat, withKeys = true): Snapshot {
    if (this.running && !this.running.hasEnded) this.running.rush();
    this.running = new Snapshot(this.server, format, withKeys);
    return this.running;
  }

  /** Its bytes, with a turn of the event loop for everybody else after each slice. */
  async *pieces(snapshot: Snapshot): AsyncGenerator<Buffer> {
    const { settings } = this.server;
    let waitedFor = 0;
    try {
      for (const piece of snapshot.pieces(settings.keySaveDelay > 0 ? 0 : SLICE)) {
        if (piece.length > 0) yield piece;
        await nextTurn();
        const written = snapshot.keys - waitedFor;
        waitedFor = snapshot.keys;
        await this.delay(
          () => written * settings.keySaveDelay,
          () => snapshot.hasEnded,
        );
      }
    } finally {
      snapshot.end();
    }
  }

  /** Waits for so many microseconds, which may change meanwhile, or until it is of no use. */
  private async delay(microseconds: () => number, isOver: () => boolean): Promise<void> {
    const { clock } = this.server;
    const startedAt = clock.now();
    for (;;) {
      const left = microseconds() / 1000 - (clock.now() - startedAt);
      if (left <= 0 || this.closed || isOver()) return;
      await sleep(clock, Math.min(left, LONGEST_DELAY));
    }
  }

  /** Loads the file, if there is one. Rejects with RdbError when it is not sound. */
  async load(): Promise<void> {
    if (!this.loading) return;
    await this.server.start();
    if (this.server.configuration.get('appendonly') === 'yes') {
      // Its files are the data, whatever an RDB file says.
      this.server.appendOnlyFile.open();
      this.loading = false;
      return;
    }
    const file = openRdb(this.path);
    const startedAt = performance.now();
    try {
      if (file) await this.loadSliced(loadRdb(file.input, this.server));
    } finally {
      file?.close();
    }
    if (this.closed) return;
    this.loading = false;
    if (!file) return;
    this.loaded();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(3);
    this.server.log('notice', `DB loaded from disk: ${seconds} seconds`);
  }

  /** Loads the RDB file that an append-only file begins with; answers where it ends. Throws RdbError. */
  loadBase(path: string): number {
    const file = openRdb(path);
    if (!file) throw new RdbError('there is no file');
    return this.loadWhole(file, { keepExpired: true });
  }

  /** Loads the file, or `bytes`, at once. Throws RdbError. */
  loadNow(bytes: Buffer | undefined, options: LoadOptions): void {
    const file = bytes
      ? { input: new RdbInput(bytes, bytes.length, undefined, true), close: () => undefined }
      : openRdb(this.path);
    if (!file) throw new RdbError('there is no file');
    this.loadWhole(file, options);
  }

  /**
   * Replaces all data by what the file holds; closes it. Clients meanwhile hear LOADING or, with `keepsOld`, see the
   * old data. Rejects with RdbError when the file is not sound: then there is no data, or the old.
   */
  async replace(file: OpenRdb, { keepsOld, meanwhile }: ReplaceOptions): Promise<LoadResult> {
    const { keyspace, configuration, scripts } = this.server;
    this.cancelBackground();
    const lazily = configuration.get('replica-lazy-flush') === 'yes';
    const fresh = keepsOld ? keyspace.createDatabases() : undefined;
    this.loading = !keepsOld;
    this.isLoadingBeside = keepsOld;
    if (!keepsOld) {
      this.server.log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
      keyspace.flush(keyspace.databases, lazily);
    }
    scripts?.functions.flush();
    try {
      const options = { keepExpired: true, ...(fresh ? { databases: fresh } : {}) };
      await this.loadSliced(loadRdb(file.input, this.server, options), meanwhile);
      if (fresh) keyspace.replaceBy(fresh, lazily);
    } catch (error) {
      if (!keepsOld) keyspace.flush(keyspace.databases);
      throw error;
    } finally {
      this.loading = this.isLoadingBeside = false;
      file.close();
    }
    this.loaded();
    return this.lastLoad!;
  }

  private loadWhole(file: OpenRdb, options: LoadOptions): number {
    try {
      const steps = loadRdb(file.input, this.server, options);
      let step = steps.next();
      while (!step.done) step = steps.next();
      this.lastLoad = step.value;
      this.loaded();
      return file.input.offset;
    } finally {
      file.close();
    }
  }

  private async loadSliced(
    steps: Generator<LoadResult, LoadResult>,
    meanwhile: () => void = () => undefined,
  ): Promise<void> {
    const { settings } = this.server;
    let second = performance.now();
    let until = performance.now() + SLICE;
    let waitedFor = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      this.lastLoad = step.value;
      if (step.done) return;
      const loaded = step.value.keys - waitedFor;
      waitedFor = step.value.keys;
      if (settings.keyLoadDelay > 0) {
        await this.delay(
          () => loaded * settings.keyLoadDelay,
          () => false,
        );
      } else if (performance.now() < until) continue;
      await nextTurn();
      if (this.closed) return;
      until = performance.now() + SLICE;
      if (until - second < 1000) continue;
      second = until;
      meanwhile();
    }
  }

  private loaded(): void {
    const { keys, expired, empty, aux } = this.lastLoad!;
    const { log, clock } = this.server;
    log('notice', `Loading RDB produced by version ${aux.get('redis-ver') ?? 'unknown'}`);
    log('notice', `RDB age ${Math.max(0, Math.floor(clock.now() / 1000) - Number(aux.get('ctime') ?? 0))} seconds`);
    log('notice', `RDB memory usage when created ${(Number(aux.get('used-mem') ?? 0) / 2 ** 20).toFixed(2)} Mb`);
    log('notice', `Done loading RDB, keys loaded: ${keys}, keys expired: ${expired}, empty keys skipped: ${empty}.`);
  }

  /** SAVE: false, with a line in the log, when it fails. */
  saveNow(): boolean {
    const snapshot = this.snapshot();
    try {
      writeFileWhole(this.path, this.temporaryPath(), snapshot.pieces());
    } catch (error) {
      this.server.log('warning', `Write error saving DB on disk: ${(error as Error).message}`);
      return false;
    } finally {
      snapshot.end();
    }
    this.saves++;
    this.server.log('notice', 'DB saved on disk');
    this.saved(snapshot);
    return true;
  }

  /** BGSAVE; none must be running. */
  saveInBackground(): void {
    const snapshot = this.snapshot();
    this.isScheduled = false;
    const background = { snapshot, startedAt: this.server.clock.now(), cancelled: false };
    this.background = background;
    this.triedAt = background.startedAt;
    this.saves++;
    this.server.stats.backgroundJobs++;
    this.server.log('notice', `Background saving started by pid ${process.pid}`);
    void this.write(background);
  }

  /** The data it would save is of no use any more. */
  cancelBackground(): void {
    const { background } = this;
    if (!background) return;
    background.cancelled = true;
    background.snapshot.end();
    this.background = undefined;
  }

  /** The server ends: what has not been loaded yet never will be. */
  close(): void {
    this.closed = true;
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
      this.saveInBackground();
      return;
    }
    if (this.changes === 0) return;
    const age = Math.floor(now / 1000) - this.lastSave;
    const due = this.savePoints.find(({ seconds, changes }) => this.changes >= changes && age > seconds);
    if (!due) return;
    this.server.log('notice', `${due.changes} changes in ${due.seconds} seconds. Saving...`);
    this.saveInBackground();
  }

  private async write(background: BackgroundSave): Promise<void> {
    const { server } = this;
    try {
      await streamFileWhole(this.path, this.temporaryPath('bg'), this.backgroundPieces(background));
      if (background.cancelled) return;
      server.log('notice', 'DB saved on disk');
      server.log('notice', 'Background saving terminated with success');
      this.saved(background.snapshot);
    } catch (error) {
      if (background.cancelled) return;
      server.log('warning', `Background saving error: ${(error as Error).message}`);
      this.lastStatus = 'err';
    }
    this.lastDuration = Math.floor((server.clock.now() - background.startedAt) / 1000);
    this.background = undefined;
  }

  private async *backgroundPieces(background: BackgroundSave): AsyncGenerator<Buffer> {
    for await (const piece of this.pieces(background.snapshot)) {
      if (background.cancelled) throw new Error('cancelled');
      yield piece;
    }
    if (background.cancelled) throw new Error('cancelled');
  }

  private saved(snapshot: Snapshot): void {
    this.savedDirty = snapshot.dirty;
    this.lastSave = Math.floor(this.server.clock.now() / 1000);
    this.lastStatus = 'ok';
  }

  /** Of its own for each process, and for saves in the background, which others may overtake. */
  private temporaryPath(kind = ''): string {
    return join(this.server.configuration.get('dir') ?? '.', `temp-${kind}${process.pid}.rdb`);
  }
}

export interface ReplaceOptions {
  /** The old data stays until the new is there, and with it whoever reads. */
  readonly keepsOld: boolean;
  /** Called about once a second while it takes. */
  readonly meanwhile: () => void;
}

interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

interface BackgroundSave {
  readonly snapshot: Snapshot;
  readonly startedAt: number;
  cancelled: boolean;
}

/** Milliseconds that saving and loading take before everybody else has a turn. */
const SLICE = 4;
const RETRY_AFTER = 5000;
/** Milliseconds of a delay before it is looked at again. */
const LONGEST_DELAY = 100;
