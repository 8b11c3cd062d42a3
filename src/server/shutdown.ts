import { CommandError } from './errors.js';
import { lagOf } from './replication/lag.js';
import type { Replica } from './replication/replica.js';
import type { Server } from './server.js';
import type { Session } from './session/session.js';

export interface ShutdownOptions {
  /** `default`: where there are save points. */
  readonly save?: 'save' | 'nosave' | 'default';
  /** Does not wait for replicas. */
  readonly now?: boolean;
  /** Ends even when the data cannot be saved. */
  readonly force?: boolean;
}

/** From the words of SHUTDOWN or of `shutdown-on-…`. */
export function readShutdownOptions(words: ReadonlySet<string>): ShutdownOptions {
  const save = words.has('save') ? 'save' : words.has('nosave') ? 'nosave' : 'default';
  return { save, now: words.has('now'), force: words.has('force') };
}

/**
 * How the server ends in order: replicas get up to `shutdown-timeout` seconds to catch up, with writes held
 * meanwhile, then the data is saved. Until that has succeeded it can be called off, and goes on serving.
 */
export class Shutdown {
  /** How it is to end, while it waits for replicas. */
  private underway: ShutdownOptions | undefined;
  /** What a signal asked for while nothing happened in the background (DEBUG PAUSE-CRON). */
  private requested: ShutdownOptions | undefined;
  /** A signal has asked for it, and nothing has come of it yet. */
  isRequested = false;
  private until = 0;
  /** Clients that said SHUTDOWN: they hear no more, or an error. */
  private readonly waiting = new Set<Session>();

  constructor(private readonly server: Server) {}

  /** Milliseconds that replicas still have; undefined when no shutdown is under way. */
  get remaining(): number | undefined {
    return this.underway && this.until - this.server.clock.now();
  }

  /** By a signal. */
  request(options: ShutdownOptions): void {
    this.isRequested = true;
    if (this.underway) return;
    this.requested = options;
    if (!this.server.cyclePaused) this.cycle();
  }

  /** SHUTDOWN has blocked the client; it is told when nothing comes of it. */
  await(session: Session): void {
    this.waiting.add(session);
  }

  forget(session: Session): void {
    this.waiting.delete(session);
  }

  /** SHUTDOWN ABORT; false when there is nothing to call off. */
  abort(): boolean {
    if (!this.underway && !this.requested) return false;
    this.cancel();
    this.server.log('notice', 'Shutdown manually aborted.');
    return true;
  }

  /** Ten times a second. */
  cycle(): void {
    const { requested, underway } = this;
    this.requested = undefined;
    if (requested && !underway) this.begin(requested);
    else if (underway && (this.server.clock.now() >= this.until || this.laggards.length === 0)) this.finish(underway);
  }

  /** `waits` for replicas; has `failed`, and the server goes on; or it `ends`. */
  begin(options: ShutdownOptions): 'waits' | 'failed' | 'ends' {
    if (this.underway) return 'waits';
    const { server } = this;
    const timeout = Number(server.configuration.get('shutdown-timeout'));
    server.log('warning', 'User requested shutdown...');
    // Half of the data must not replace the whole of it.
    const chosen: ShutdownOptions = server.persistence.loading ? { ...options, save: 'nosave' } : options;
    if (options.now || timeout === 0 || this.laggards.length === 0) {
      return this.finish(chosen) ? 'ends' : 'failed';
    }
    this.underway = chosen;
    this.until = server.clock.now() + timeout * 1000;
    server.replication.askForAcks();
    server.pause.holdWrites('end');
    server.log('notice', 'Waiting for replicas before shutting down.');
    return 'waits';
  }

  /** False when it must not end. */
  private finish(options: ShutdownOptions): boolean {
    const { server } = this;
    this.tellOfReplicas();
    if (this.save(options)) {
      server.turn.releaseOthers(undefined);
      void server.close();
      return true;
    }
    server.log('warning', 'Errors trying to shut down the server. Check the logs for more information.');
    this.cancel();
    return false;
  }

  private save({ save = 'default', force = false }: ShutdownOptions): boolean {
    const { appendOnlyFile, persistence, log } = this.server;
    // With NOSAVE it may be given up once all that is left to do is putting it in its place.
    if (appendOnlyFile.state === 'starting' && (save !== 'nosave' || appendOnlyFile.rewrite.isWriting)) {
      log('warning', `Writing initial AOF${force ? '. Exit anyway.' : ", can't exit."}`);
      if (!force) return false;
    }
    if (persistence.beforeShutdown(save)) return true;
    log('warning', `Error trying to save the DB${force ? '. Exit anyway.' : ", can't exit."}`);
    return force;
  }

  private tellOfReplicas(): void {
    const { replication, clock, log } = this.server;
    const { laggards } = this;
    for (const replica of laggards) {
      const behind = replication.offset - replica.acknowledged;
      const lag = replica.state === 'online' ? lagOf(clock.now(), replica.heardAt) : 0;
      const state = `lag=${lag}, state=${replica.shownState}`;
      log('warning', `Lagging replica ${replica.name} reported offset ${behind} behind master, ${state}.`);
    }
    const { size } = replication.replicas;
    if (size > 0) log('notice', `${size - laggards.length} of ${size} replicas are in sync when shutting down.`);
  }

  private get laggards(): Replica[] {
    const { replicas, offset } = this.server.replication;
    return [...replicas].filter(({ acknowledged }) => acknowledged !== offset);
  }

  private cancel(): void {
    const { server } = this;
    this.underway = undefined;
    this.requested = undefined;
    this.isRequested = false;
    server.pause.releaseWrites('end');
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const session of waiting) {
      server.blocking.unblock(session, () => {
        server.dispatcher.fail(session.reply, shutdownFailed);
      });
    }
  }
}

export const shutdownFailed = new CommandError('ERR Errors trying to SHUTDOWN. Check logs.');
