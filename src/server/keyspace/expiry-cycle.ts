import type { Cancel, Clock } from '../../core/clock.js';
import type { Database } from './database.js';
import type { Keyspace } from './keyspace.js';

export interface ExpiryHost {
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  /** `primary`: whom the server is to follow, also before it has turned to it; '' for nobody. */
  readonly settings: { readonly activeExpire: boolean; readonly primary: string };
  readonly pause: { readonly active: boolean };
  /** A replica's keys go when its primary says so, those of its own clients by themselves. */
  readonly replication: {
    readonly isReplica: boolean;
    readonly ownKeys: { expireSome(end: number): boolean };
  };
}

/**
 * Removes keys and fields whose time is over, unasked: ten rounds a second. A round looks at some of what expires
 * and goes on as long as many of these are over, a quarter of the time at most, as in Redis, but in slices with
 * clients served in between, so that nobody waits long however much expires at once.
 */
export class ExpiryCycle {
  private later: Cancel | undefined;
  private nextDatabase = 0;

  constructor(private readonly host: ExpiryHost) {}

  /** A round begins, unless the last one goes on still. */
  run(): void {
    if (this.later === undefined) this.slice();
  }

  close(): void {
    this.later?.();
  }

  private slice(): void {
    const { keyspace, clock, settings, pause, replication } = this.host;
    if (!settings.activeExpire || pause.active) return;
    keyspace.updateTime();
    const end = performance.now() + SLICE;
    if (replication.isReplica || settings.primary !== '') {
      replication.ownKeys.expireSome(end);
      return;
    }
    for (let i = 0; i < keyspace.databases.length; i++) {
      if (this.expireIn(keyspace.databases[this.nextDatabase]!, end)) {
        this.nextDatabase = (this.nextDatabase + 1) % keyspace.databases.length;
        continue;
      }
      this.later = clock.schedule(SLICE * 3, () => {
        this.later = undefined;
        this.slice();
      });
      return;
    }
  }

  /** False when the time was over first. */
  private expireIn(db: Database, end: number): boolean {
    while (db.expiring.size > 0 && db.expireSome(LOOKED_AT) >= MANY) if (performance.now() > end) return false;
    while (db.fields.size > 0 && db.expireFields(LOOKED_AT) >= MANY) if (performance.now() > end) return false;
    return true;
  }
}

/** Milliseconds that clients wait at most. */
const SLICE = 4;
/** Keys, or hashes, looked at before it is asked how many of them were over. */
const LOOKED_AT = 40;
const MANY = 4;
