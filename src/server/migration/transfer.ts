import { Args, type ByteString } from '../../resp/args.js';
import { encodeWords } from '../../resp/request-encoder.js';
import type { Database } from '../keyspace/database.js';
import { NOTIFY } from '../keyspace/notifications.js';
import { dumpPayload } from '../persistence/rdb/dump-payload.js';
import type { Server } from '../server.js';
import { type TargetConnection, TargetError } from './target-connection.js';
import type { TargetUse } from './targets.js';

/** What MIGRATE is asked to do. */
export interface Order {
  readonly host: string;
  readonly port: number;
  /** The database at the target. */
  readonly database: number;
  /** Milliseconds for each wait. */
  readonly timeout: number;
  readonly copy: boolean;
  readonly replace: boolean;
  /** The words of AUTH behind its name. */
  readonly credentials: readonly ByteString[] | undefined;
  readonly db: Database;
  readonly keys: readonly ByteString[];
}

/**
 * Keys on their way to another server. Redis stands still meanwhile; here others go on, and only their writes to
 * these very keys wait (KeptKeys). A key goes from here once the target has acknowledged it and only if nobody has
 * changed it since it was read (the program itself and scripts that do not name their keys are not held): else it stays
 * at both, and the reply is an error.
 */
export class Transfer {
  /** By the target. */
  private readonly acknowledged = new Set<ByteString>();
  /** The first error that the target has answered. */
  private refusal: string | undefined;
  private readonly changed = new Set<ByteString>();

  constructor(
    private readonly server: Server,
    private readonly order: Order,
  ) {}

  /** An error's message; undefined when all went well. */
  async run(): Promise<string | undefined> {
    const { server, order } = this;
    const letGo = server.pause.kept.keep(order.db, order.keys, (key) => this.changed.add(key));
    try {
      return await server.targets.use(order, (target) => this.attempts(target));
    } finally {
      letGo();
    }
  }

  /** A connection that was kept may have ended long ago: one that breaks before anything was heard gets a second try. */
  private async attempts(target: TargetUse): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      let failure: TargetError | undefined;
      try {
        await this.attempt(await target.connect(this.order.timeout));
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        target.drop();
        failure = error;
      }
      const mayTryAgain = failure?.isTimeout === false && failure.stage !== 'connecting' && attempt === 1;
      if (mayTryAgain && this.acknowledged.size === 0 && this.refusal === undefined) continue;
      return this.settle(failure);
    }
  }

  private async attempt(connection: TargetConnection): Promise<void> {
    const { credentials, database, timeout } = this.order;
    const selects = connection.database !== database;
    connection.database = undefined;
    if (credentials !== undefined) await connection.send(encodeWords(['AUTH', ...credentials]), timeout);
    if (selects) await connection.send(encodeWords(['SELECT', String(database)]), timeout);
    const sent: ByteString[] = [];
    for (const key of this.order.keys) {
      const request = this.request(key);
      if (request === undefined) continue;
      await connection.send(request, timeout);
      sent.push(key);
    }
    const notLoggedIn = credentials === undefined ? undefined : await connection.reply(timeout);
    const notSelected = selects ? await connection.reply(timeout) : undefined;
    for (const key of sent) {
      const notRestored = await connection.reply(timeout);
      const error = notLoggedIn ?? notSelected ?? notRestored;
      if (error === undefined) this.acknowledged.add(key);
      else this.refusal ??= error;
    }
    if (this.refusal === undefined) connection.database = database;
  }

  /** RESTORE as it goes to the target; undefined when the key is gone. */
  private request(key: ByteString): Buffer | undefined {
    const { server, order } = this;
    const { db } = order;
    server.keyspace.updateTime();
    const ref = db.peek(Args.of(key), 0);
    if (ref === 0) return undefined;
    const expiry = db.expiry(ref);
    const ttl = expiry === 0 ? 0 : Math.max(1, expiry - db.now);
    const payload = dumpPayload(db, ref, server.settings);
    this.changed.delete(key);
    const command = server.cluster === undefined ? 'RESTORE' : 'RESTORE-ASKING';
    return encodeWords([command, key, String(ttl), payload, ...(order.replace ? ['REPLACE'] : [])]);
  }

  private settle(failure: TargetError | undefined): string | undefined {
    const stayed = this.order.copy ? 0 : this.removeAcknowledged();
    if (this.refusal !== undefined) return `ERR Target instance replied with error: ${this.refusal}`;
    if (failure?.stage === 'connecting') return 'IOERR error or timeout connecting to the client';
    if (failure !== undefined) return `IOERR error or timeout ${failure.stage} to target instance`;
    return stayed === 0 ? undefined : `ERR ${stayed} of the keys changed on their way: they are at both`;
  }

  /** Answers how many had to stay. */
  private removeAcknowledged(): number {
    const { server, order, changed } = this;
    const { db } = order;
    server.keyspace.updateTime();
    const there = [...this.acknowledged].filter((key) => db.peek(Args.of(key), 0) !== 0);
    const gone = there.filter((key) => !changed.has(key));
    for (const key of gone) {
      const args = Args.of(key);
      db.remove(db.peek(args, 0));
      db.touch(args, 0);
      server.notifications.publish(db, NOTIFY.generic, 'del', key);
    }
    server.effects.dirty += gone.length;
    if (gone.length > 0) server.effects.emit(db.number, 'DEL', ...gone);
    if (server.blocking.pending) server.blocking.serve();
    return there.length - gone.length;
  }
}
