import type { Args, ByteString } from '../resp/args.js';
import type { Database } from './keyspace/database.js';
import type { KeyspaceObserver } from './keyspace/keyspace.js';
import { type EventClass, NOTIFY } from './keyspace/notifications.js';
import { Type } from './keyspace/value.js';
import type { Server } from './server.js';
import { breakWatch, replaceWatched } from './session/transaction.js';

/** What clients wait for. */
const WAITED_FOR: ReadonlySet<Type | 0> = new Set([Type.list, Type.zset, Type.stream]);

/** Who must hear of what happens to keys: WATCH, clients that wait, events, the stream of effects, tracking. */
export function keyspaceObserver(server: Server): KeyspaceObserver {
  const { effects, notifications, settings, keyspace } = server;

  const notify = (db: Database, type: EventClass, event: string, args: Args, i: number): void => {
    if (notifications.wants(type)) notifications.publish(db, type, event, args.text(i));
  };

  const changedByItself = (db: Database, key: ByteString): void => {
    if (db.observed.has(key)) keyspace.touched(db, key);
    if (keyspace.tracked) server.tracking.changed(key, false);
  };

  /** A key went without a command that said so. */
  const removed = (db: Database, key: ByteString, lazily: boolean): void => {
    effects.emit(db.number, lazily ? 'UNLINK' : 'DEL', key);
    changedByItself(db, key);
  };

  return {
    missed: (db, args, i) => notify(db, NOTIFY.keyMiss, 'keymiss', args, i),
    created: (db, args, i) => {
      if (db.observed.size > 0 && WAITED_FOR.has(db.type(db.peek(args, i)))) {
        server.blocking.becameReady(db, args.text(i));
      }
      notify(db, NOTIFY.newKey, 'new', args, i);
    },
    touched: (db, key) => {
      for (const session of server.sessions) if (session.watched.size > 0) breakWatch(session, db, key);
      server.pause.kept.touched(db, key);
    },
    becameReady: (db, key) => server.blocking.becameReady(db, key),
    swapped: (db, key, wasThere) => {
      for (const session of server.sessions) replaceWatched(session, db, key, wasThere);
      // Those who wait look themselves whether what is there now is over.
      if (wasThere || db.has(key)) server.blocking.becameReady(db, key);
    },
    expirySet: (db, ref) => {
      const { running } = server.dispatcher;
      if (running !== undefined && !running.isPrimary) {
        server.replication.ownKeys.remember(db, db.entries.keyText(ref));
      }
    },
    expired: (db, key) => {
      notifications.publish(db, NOTIFY.expired, 'expired', key);
      removed(db, key, settings.lazyExpire);
    },
    fieldsExpired: (db, key, fields, emptied) => {
      for (const field of fields) effects.emit(db.number, 'HDEL', key, field);
      notifications.publish(db, NOTIFY.hash, 'hexpired', key);
      if (emptied) notifications.publish(db, NOTIFY.generic, 'del', key);
      changedByItself(db, key);
    },
    evicted: (db, key) => {
      removed(db, key, settings.lazyEviction);
      notifications.publish(db, NOTIFY.evicted, 'evicted', key);
    },
    modified: (key) => server.tracking.changed(key, true),
    flushed: () => server.tracking.flushed(),
  };
}
