import type { Args } from '../../resp/args.js';
import type { Database } from '../keyspace/database.js';
import type { Session, Transaction } from './session.js';

/** MULTI's queue and WATCH's keys of a session. */

export function enqueue(transaction: Transaction, args: Args): void {
  transaction.queue.push(args.clone());
  for (let i = 0; i < args.count; i++) transaction.bytes += args.length(i);
}

export function watch(session: Session, db: Database, key: string): void {
  const keys = session.watched.get(db) ?? new Set();
  session.watched.set(db, keys);
  if (keys.has(key)) return;
  keys.add(key);
  db.observe(key);
}

/** EXEC and DISCARD. */
export function endTransaction(session: Session): void {
  session.transaction = undefined;
  unwatch(session);
  session.refresh();
}

/** EXEC, DISCARD, UNWATCH and the end of the connection. */
export function unwatch(session: Session): void {
  for (const [db, keys] of session.watched) for (const key of keys) db.unobserve(key);
  session.watched.clear();
  session.watchBroken = false;
}
