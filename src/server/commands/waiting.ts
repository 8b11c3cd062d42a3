import type { Type } from '../keyspace/value.js';
import type { Call } from './call.js';

/** What commands that wait for elements share (BLPOP, BZPOPMIN and their kin). */

/**
 * The place of the first of the keys that holds something. A client that waited already is served from the key
 * that became ready and from no other, and waits on when that key holds another type.
 */
export function findReady(call: Call, first: number, last: number, type: Type): number | undefined {
  const { args, db } = call;
  const { readyKey } = call.server.blocking;
  for (let i = first; i <= last; i++) {
    if (
      readyKey === undefined ? call.write(i, type) : args.text(i) === readyKey && db.type(db.peek(args, i)) === type
    ) {
      return i;
    }
  }
  return undefined;
}

/** Waits for the keys; the reply after the timeout is null, at once where nobody may wait. */
export function waitForKeys(call: Call, first: number, last: number, timeout: number): void {
  const { reply, args } = call;
  if (!call.block(args.texts(first, last + 1), timeout, () => reply.nilArray())) reply.nilArray();
}
