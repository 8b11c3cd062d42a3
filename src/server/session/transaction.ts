import type { Args, ByteString } from '../../resp/args.js';
import type { Database } from '../keyspace/database.js';
import type { Session, Transaction } from './session.js';

/** MULTI's queue and WATCH's keys of a session. */

export function enqueue(transaction: Transaction, args: Args): void {
  transaction.queue.push(args.clone());
  for (let i = 0; i < args.count; i++) transaction.bytes += args.length(i);
}

export function watch(session: Session, db: Database, key: ByteString): void {
  const keys = session.watched.get(db) ?? new Map<ByteString, boolean>();
  session.watched.set(db, keys);
  if (keys.has(key)) return;
  keys.set(key, db.isStale(key));
  db.observe(key);
}

/** A key was changed. One that was stale when it was watched and is gone now is what it was: it breaks nothing. */
export function breakWatch(session: Session, db: Database, key: ByteString): void {
  const keys = session.watched.get(db);
  const wasStale = keys?.get(key);
  if (wasStale === undefined) return;
  if (wasStale && !db.has(key)) keys!.set(key, false);
  else session.watchBroken = true;
}

/** SWAPDB put another key, or none, in the place of a watched one that was there, or was not. */
export function replaceWatched(session: Session, db: Database, key: ByteString, wasThere: boolean): void {
  const keys = session.watched.get(db);
  const wasStale = keys?.get(key);
  if (wasStale === undefined) return;
  const isStale = db.isStale(key);
  const staysAway = (wasStale || !wasThere) && (isStale || !db.has(key));
  if (staysAway) keys!.set(key, isStale);
  else session.watchBroken = true;
}

/** The time of a watched key has come since it was watched, whether or not it was removed by now. */
export function hasStaleWatch(session: Session): boolean {
  for (const [db, keys] of session.watched) {
    for (const [key, wasStale] of keys) if (!wasStale && db.isStale(key)) return true;
  }
  return false;
}

/** EXEC and DISCARD. */
export function endTransaction(session: Session): void {
  session.transaction = undefined;
  unwatch(session);
  session.refresh();
}

/** EXEC, DISCARD, UNWATCH and the end of the connection. */
export function unwatch(session: Session): void {
  for (const [db, keys] of session.watched) for (const key of keys.keys()) db.unobserve(key);
  session.watched.clear();
  session.watchBroken = false;
}
