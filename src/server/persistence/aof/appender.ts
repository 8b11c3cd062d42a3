import { standStill } from '../../../core/stand-still.js';
import { systemReason } from '../../../core/system-reason.js';
import type { Area } from '../../../resp/area.js';
import { encodeWords } from '../../../resp/request-encoder.js';
import { ByteQueue } from '../../byte-queue.js';
import { type EffectListener, Target } from '../../effects.js';
import type { Server } from '../../server.js';
import type { IncrementFile } from './increment-file.js';

/**
 * Effects as commands, in the order they happened, on their way to the last increment. `flush` is called before anybody
 * hears of them, so that a client whose command was answered finds its effect after a crash of the process (unless a sync
 * of `everysec` takes long: then, as in Redis, writes wait up to two seconds and replies do not). Under `always` what is
 * written and what is synced go in turn, everything that has come meanwhile at once, and while the file `isBehind`
 * nobody hears of what is not on disk.
 */
export class Appender implements EffectListener {
  increment: IncrementFile | undefined;
  /** DEBUG AOF-FLUSH-SLEEP: milliseconds before each write. */
  flushPause = 0;
  private writeFailure: string | undefined;
  private syncFailure: string | undefined;
  /** Under `always`, between two syncs. */
  private isGathering = false;
  private database = -1;
  /** Bytes of the increments before this one. */
  private before = 0;
  private pending = new ByteQueue();
  /** What is not in use: bytes on their way beside the event loop stay where they are. */
  private spare: ByteQueue | undefined;
  /** What is on its way. */
  private onItsWay: ByteQueue | undefined;
  private annotatedAt = 0;
  private stopFollowing: () => void = () => undefined;
  private held: Hold | undefined;

  constructor(
    private readonly server: Server,
    private readonly rewrite: RewriteUnderWay,
  ) {}

  get bufferLength(): number {
    return this.pending.length + (this.increment?.writingLength ?? 0);
  }

  /** Why the last write, or the last sync, failed: until one succeeds, commands that write are refused. */
  get failure(): string | undefined {
    return this.writeFailure ?? this.syncFailure;
  }

  /** What has happened is not yet where it has to be before anybody hears of it. */
  get isBehind(): boolean {
    return this.pending.length > 0 || this.isAwaited;
  }

  /** Nobody may hear of what has happened before a write, the next increment's beginning or, under `always`, a sync. */
  get isAwaited(): boolean {
    const { increment } = this;
    if (increment === undefined) return false;
    if (this.isAlwaysSynced) return this.synced < this.written;
    return this.held === undefined ? increment.writingLength > 0 : this.pending.length > 0;
  }

  /** It takes more than a write to memory, and may be waited for beside the event loop. */
  get isSlow(): boolean {
    if (this.increment === undefined || !this.isBehind) return false;
    return this.isAlwaysSynced || this.isFileSaved || this.isAwaited;
  }

  /** Up to where they may, and will be able to when what is under way has ended. */
  get kept(): number {
    return this.isAlwaysSynced ? this.synced : this.place;
  }

  get keeping(): number {
    const { increment } = this;
    if (!this.isAlwaysSynced) return this.place + (increment?.writingLength ?? 0);
    return this.before + (increment?.syncingSize ?? 0);
  }

  /** Places in what was ever appended: how far it is written, its end, and how far it is on disk. */
  get place(): number {
    return this.before + (this.increment?.size ?? 0);
  }

  get written(): number {
    return this.place + this.bufferLength;
  }

  get synced(): number {
    return this.before + (this.increment?.syncedSize ?? 0);
  }

  /** What has happened is of no use in a file: none is wanted, or a snapshot that is about to be taken has all of it. */
  leave(): void {
    this.close();
    this.pending.clear();
    this.writeFailure = this.syncFailure = undefined;
    this.server.turn.schedule();
  }

  /** Nothing is appended any more. */
  close(): void {
    this.stopFollowing();
    this.before = this.place;
    this.increment?.close();
    this.increment = undefined;
    this.onItsWay = undefined;
    this.database = -1;
  }

  /** What has not been written yet, and what follows, goes to another increment. */
  switchTo(increment: IncrementFile): void {
    this.before = this.place - increment.size;
    this.increment?.close();
    this.increment = increment;
    this.follow();
  }

  /** What happens from now on goes to another increment, which is made ready: until the `release` it waits, and replies do. */
  hold(hold: Hold): void {
    this.held = hold;
    this.database = -1;
  }

  release(): void {
    this.held = undefined;
    this.server.turn.schedule();
  }

  /** Writes what has happened, and has it synced beside the event loop as `appendfsync` says. */
  flush(): void {
    if (this.held !== undefined) return;
    const { increment } = this;
    if (increment === undefined || (this.isAlwaysSynced && (increment.isSyncing || this.isGathering))) return;
    if (this.pending.length > 0 && !this.isOnItsWay && !increment.isPostponed) {
      if (this.isDiskBusy) this.writeBeside(increment);
      else this.write(increment);
    }
    if (this.isAlwaysSynced || (this.syncPolicy === 'everysec' && increment.isDue)) this.sync(increment);
  }

  /** As `flush`, and what has to be synced is on disk when it returns. `now`: whatever it has to wait for. */
  settle(now = false): void {
    this.held?.force();
    const { increment } = this;
    if (increment === undefined) return;
    this.finishWriting(increment);
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

  private follow(): void {
    this.stopFollowing();
    this.stopFollowing = this.server.effects.listen(Target.appendOnlyFile, this);
  }

  happened(db: number, area: Area, start: number, length: number, isLent: boolean): void {
    if (this.server.settings.aofTimestamps) this.annotate();
    if (db !== this.database) {
      this.pending.addBytes(encodeWords(['SELECT', String(db)]));
      this.database = db;
    }
    if (isLent) this.pending.lend(area, start, length);
    else this.pending.add(area, start, length);
    this.server.turn.schedule();
  }

  keep(): void {
    this.pending.keep();
  }

  /** When what follows was written, for `redis-check-aof --truncate-to-timestamp`. */
  private annotate(): void {
    const seconds = Math.floor(this.server.keyspace.now / 1000);
    if (seconds <= this.annotatedAt) return;
    this.annotatedAt = seconds;
    this.pending.addBytes(Buffer.from(`#TS:${seconds}\r\n`));
  }

  /** A write would wait for the file that is being saved, and the event loop with it. */
  private get isDiskBusy(): boolean {
    return !this.isAlwaysSynced && this.isFileSaved;
  }

  private get isFileSaved(): boolean {
    return this.rewrite.isRunning || this.server.persistence.isSaving;
  }

  private get isOnItsWay(): boolean {
    return this.increment !== undefined && this.increment.writingLength > 0;
  }

  private write(increment: IncrementFile): void {
    if (this.flushPause > 0) standStill(this.flushPause);
    const began = this.server.latency.begin();
    try {
      increment.write(this.pending.pieces());
    } catch (error) {
      this.fail(error);
      return;
    }
    this.pending.clear();
    this.wrote(began);
  }

  private writeBeside(increment: IncrementFile): void {
    if (this.flushPause > 0) standStill(this.flushPause);
    const began = this.server.latency.begin();
    const batch = this.pending;
    this.pending = this.spare ?? new ByteQueue();
    this.spare = undefined;
    this.onItsWay = batch;
    increment.writeBeside(batch.pieces(), (error, wasFinished) => {
      if (!wasFinished && increment === this.increment) this.endWriting(began, error);
      batch.clear();
      this.spare = batch;
      // What has come meanwhile begins first, so that its replies wait on; what could not be written waits for the next cycle.
      if (!error && increment === this.increment) this.flush();
      this.server.turn.kept();
    });
  }

  private endWriting(began: number, error?: unknown): void {
    if (error) this.cannotWrite(error);
    else this.wrote(began);
    this.onItsWay = undefined;
  }

  /** What is on its way is in the file when it returns, or waits again for the next write. */
  private finishWriting(increment: IncrementFile): void {
    if (!this.isOnItsWay) return;
    const began = this.server.latency.begin();
    try {
      increment.finishWriting();
      this.endWriting(began);
    } catch (error) {
      this.endWriting(began, error);
    }
  }

  /** What was on its way comes first the next time. */
  private cannotWrite(error: unknown): void {
    const again = new ByteQueue();
    for (const piece of [...(this.onItsWay?.pieces() ?? []), ...this.pending.pieces()]) again.addBytes(piece);
    this.pending = again;
    this.fail(error);
  }

  private wrote(began: number): void {
    for (const event of ['aof-write', this.writeCircumstance]) this.server.latency.end(event, began);
    if (this.writeFailure === undefined) return;
    this.writeFailure = undefined;
    this.server.log('warning', 'AOF write error looks solved, Redis can write again.');
  }

  /** What has happened until now comes to the disk, whatever `appendfsync` says; after a failure once a second. */
  syncBeside(): void {
    if (this.held !== undefined) return;
    const { increment } = this;
    if (increment === undefined) return;
    if (this.pending.length > 0 && !this.isOnItsWay && !increment.isPostponed) this.write(increment);
    if (this.syncFailure === undefined || increment.isDue) this.sync(increment);
  }

  private sync(increment: IncrementFile): void {
    const began = this.server.latency.begin();
    const isAlways = this.isAlwaysSynced;
    increment.sync((error) => {
      if (isAlways) this.server.latency.end('aof-fsync-always', began);
      this.syncFailure = undefined;
      if (error) this.cannotSync(error);
      this.server.turn.kept();
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
    return this.isFileSaved ? 'aof-write-active-child' : 'aof-write-alone';
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

/** What makes the next increment ready. */
interface Hold {
  /** Whatever is left to do is done at once, or given up: `release` has been called when it returns. Never throws. */
  force(): void;
}

/** What the appender knows of a rewrite. */
interface RewriteUnderWay {
  readonly isRunning: boolean;
  /** More is on disk. */
  synced(): void;
}

/** Turns of the event loop, some ten microseconds each. */
const GATHERED_TURNS = 4;
