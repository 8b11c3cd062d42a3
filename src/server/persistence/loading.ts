import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../keyspace/database.js';
import type { Server } from '../server.js';
import { loadLibraries } from './functions.js';
import { keyDelay } from './key-delay.js';
import { type LoadOptions, type LoadResult, loadRdb } from './rdb/load.js';
import { RdbInput } from './rdb/rdb-input.js';
import { RdbError } from './rdb/types.js';
import { type OpenRdb, openRdb } from './rdb-file.js';

/** The server ended before the data was there. */
export class LoadingStopped extends RdbError {
  override readonly name = 'LoadingStopped';
}

/** What is not sound, with the place up to which it was read. */
function located(error: unknown, { offset }: RdbInput): unknown {
  if (!(error instanceof RdbError) || error instanceof LoadingStopped) return error;
  return new RdbError(`${error.message} (at offset ${offset})`, { cause: error });
}

/** How what a primary sends takes the place of the data. */
export interface ReplaceOptions {
  /**
   * `first`: the old data goes, then the new is loaded. `after`: the old stays until the new is there, and clients hear
   * LOADING; `after-reads`: and clients may read it.
   */
  readonly oldGoes: 'first' | 'after' | 'after-reads';
  /** Called about once a second while it takes. */
  readonly meanwhile: () => void;
  /** All has been loaded, and nothing of it is to be seen yet. */
  readonly loaded: () => Promise<void>;
}

/**
 * Data that is read from RDB and append-only files, and from primaries, a few milliseconds at a time where others are to
 * be heard meanwhile.
 */
export class Loading {
  /** Commands wait for the data. */
  isUnderway: boolean;
  /** New data is being loaded, and the old may be read. */
  isBeside = false;
  last: LoadResult | undefined;
  /** Of what is being loaded now. */
  progress: LoadProgress | undefined;
  private closed = false;

  constructor(
    private readonly server: Server,
    keepsFiles: boolean,
  ) {
    this.isUnderway = keepsFiles;
  }

  /** The server ends: what has not been loaded yet never will be. */
  close(): void {
    this.closed = true;
  }

  /** At the start. Rejects with RdbError when the file is not sound; resolves with nothing when there is none. */
  async readFile(path: string, options: LoadOptions): Promise<LoadResult | undefined> {
    const file = openRdb(path);
    if (!file) return undefined;
    try {
      const result = await this.read(file, options);
      this.logLoaded();
      return result;
    } finally {
      file.close();
    }
  }

  /** Loads the RDB file that an append-only file begins with, step by step; answers where it ends. Throws RdbError. */
  *base(path: string): Generator<{ readonly count: number; readonly offset: number }, number> {
    const file = openRdb(path);
    if (!file) throw new RdbError('there is no file');
    try {
      const steps = loadRdb(file.input, this.server, { keepExpired: true });
      let keys = 0;
      for (let step = steps.next(); ; step = steps.next()) {
        this.last = step.value;
        if (step.done) break;
        yield { count: step.value.keys - keys, offset: file.input.offset };
        keys = step.value.keys;
      }
      this.logLoaded();
      return file.input.offset;
    } catch (error) {
      throw located(error, file.input);
    } finally {
      file.close();
    }
  }

  /** Loads a file, or bytes, at once. Throws RdbError. */
  now(source: string | Buffer, options: LoadOptions): void {
    const file =
      typeof source === 'string'
        ? openRdb(source)
        : { input: new RdbInput(source, source.length, undefined, true), close: () => undefined };
    if (!file) throw new RdbError('there is no file');
    try {
      this.last = finish(loadRdb(file.input, this.server, options));
      this.logLoaded();
    } catch (error) {
      throw located(error, file.input);
    } finally {
      file.close();
    }
  }

  /** Replaces all data by what the file holds; closes it. When it is not sound, rejects with RdbError. */
  async replace(file: OpenRdb, options: ReplaceOptions): Promise<LoadResult> {
    this.isUnderway = options.oldGoes !== 'after-reads';
    this.isBeside = !this.isUnderway;
    try {
      if (options.oldGoes === 'first') return await this.loadIntoEmpty(file, options);
      return await this.loadBeside(file, options);
    } finally {
      this.isUnderway = this.isBeside = false;
      file.close();
    }
  }

  private async loadIntoEmpty(file: OpenRdb, { meanwhile, loaded }: ReplaceOptions): Promise<LoadResult> {
    const { keyspace, scripts, log } = this.server;
    const flush = () => {
      keyspace.flush(keyspace.databases, this.isLazy);
      scripts?.functions.flush();
    };
    log('notice', 'MASTER <-> REPLICA sync: Flushing old data');
    flush();
    log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    try {
      const result = await this.read(file, { keepExpired: true }, meanwhile);
      await loaded();
      this.logLoaded();
      return result;
    } catch (error) {
      flush();
      throw error;
    }
  }

  private async loadBeside(file: OpenRdb, { meanwhile, loaded }: ReplaceOptions): Promise<LoadResult> {
    const { server } = this;
    const databases: Database[] = server.keyspace.createDatabases();
    const libraries: Buffer[] = [];
    server.log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    try {
      const result = await this.read(file, { keepExpired: true, databases, libraries }, meanwhile);
      await loaded();
      loadLibraries(server, libraries);
      server.log('notice', 'MASTER <-> REPLICA sync: Swapping active DB with loaded DB');
      server.keyspace.replaceBy(databases, this.isLazy);
      this.logLoaded();
      server.log('notice', 'MASTER <-> REPLICA sync: Discarding old DB in background');
      return result;
    } catch (error) {
      server.log('notice', 'MASTER <-> REPLICA sync: Discarding temporary DB in background');
      throw error;
    }
  }

  private get isLazy(): boolean {
    return this.server.configuration.get('replica-lazy-flush') === 'yes';
  }

  /** Reads all of it, with turns of the event loop for others. */
  private async read(file: OpenRdb, options: LoadOptions, meanwhile?: () => void): Promise<LoadResult> {
    const { input } = file;
    const steps = loadRdb(input, this.server, options);
    this.progress = {
      startedAt: this.server.clock.now(),
      total: input.remaining,
      loaded: () => input.offset,
      usedMemory: () => Number(this.last?.aux.get('used-mem') ?? 0),
    };
    try {
      return await this.takeSteps(steps, file, meanwhile);
    } catch (error) {
      throw located(error, input);
    } finally {
      this.progress = undefined;
    }
  }

  private async takeSteps(
    steps: Generator<LoadResult, LoadResult>,
    file: OpenRdb,
    meanwhile: (() => void) | undefined,
  ): Promise<LoadResult> {
    const turns = new LoadingTurns(this.server, () => this.closed, meanwhile);
    let keys = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      this.last = step.value;
      if (step.done) return step.value;
      if (file.input.isStarved) await file.more?.(file.input.sinceMark);
      await turns.after(step.value.keys - keys);
      keys = step.value.keys;
      if (this.closed) throw new LoadingStopped('the server ends');
    }
  }

  /** Executes steps of loading that are no RDB file's, with turns for others. */
  async runSteps<T>(steps: Generator<number, T>, progress: LoadProgress): Promise<T> {
    const turns = new LoadingTurns(this.server, () => this.closed);
    this.progress = progress;
    try {
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) return step.value;
        await turns.after(step.value);
        if (this.closed) throw new LoadingStopped('the server ends');
      }
    } finally {
      this.progress = undefined;
    }
  }

  private logLoaded(): void {
    const { keys, expired, empty, mended, aux } = this.last!;
    const { log, clock } = this.server;
    log('notice', `Loading RDB produced by version ${aux.get('redis-ver') ?? 'unknown'}`);
    log('notice', `RDB age ${Math.max(0, Math.floor(clock.now() / 1000) - Number(aux.get('ctime') ?? 0))} seconds`);
    log('notice', `RDB memory usage when created ${(Number(aux.get('used-mem') ?? 0) / 2 ** 20).toFixed(2)} Mb`);
    log('notice', `Done loading RDB, keys loaded: ${keys}, keys expired: ${expired}, empty keys skipped: ${empty}.`);
    if (mended > 0) log('warning', `Values that were not sound and have been put right: ${mended}`);
  }
}

/** Takes all steps at once. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export interface LoadProgress {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Bytes; infinite where only an end mark will tell. */
  readonly total: number;
  loaded(): number;
  /** Bytes that the data took in memory where it was saved; 0: nobody said. */
  usedMemory(): number;
}

/** When others have a turn while data is loaded: after a few milliseconds, and for as long as `key-load-delay` says. */
class LoadingTurns {
  private second = performance.now();
  private until = performance.now() + SLICE;

  constructor(
    private readonly server: Server,
    private readonly isOver: () => boolean,
    private readonly meanwhile: () => void = () => undefined,
  ) {}

  /** So many keys or commands were loaded since the last time. */
  async after(loaded: number): Promise<void> {
    const { settings, clock } = this.server;
    if (settings.keyLoadDelay > 0) {
      await keyDelay(
        clock,
        () => loaded * settings.keyLoadDelay,
        () => {
          this.everySecond();
          return this.isOver();
        },
      );
    }
    if (performance.now() < this.until) return;
    await nextTurn();
    this.until = performance.now() + SLICE;
    this.everySecond();
  }

  private everySecond(): void {
    if (performance.now() - this.second < 1000) return;
    this.second = performance.now();
    this.meanwhile();
  }
}

/** Milliseconds that loading takes before everybody else has a turn. */
const SLICE = 4;
