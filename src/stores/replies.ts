/**
 * Replies as the operations need them. A reply of another shape (a damaged connection, one out of step, a
 * proxy's own idea) is an UnexpectedReply, which the guard makes a StoreError: nothing else may pass as an
 * answer, and least of all as "missing".
 */
import { type Reply, ReplyError } from '../resp/reply.js';
import { counterOf } from './values.js';

/** What the server answered is nothing that this command can answer. Whether it ran is not known. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';

  constructor() {
    super('unexpected reply');
  }
}

export function bulkOrNull(reply: Reply | undefined): Buffer | null {
  if (reply === null || Buffer.isBuffer(reply)) return reply;
  throw new UnexpectedReply();
}

/** Small ones: counts, times in milliseconds. */
export function integer(reply: Reply | undefined): number {
  if (typeof reply === 'number') return reply;
  if (typeof reply === 'bigint') return Number(reply);
  throw new UnexpectedReply();
}

/** 0 or 1. */
export function flag(reply: Reply): boolean {
  if (reply === 1 || reply === 0) return reply === 1;
  throw new UnexpectedReply();
}

/** OK, or null where a condition did not hold. */
export function okOrNull(reply: Reply): boolean {
  if (reply === 'OK' || reply === null) return reply !== null;
  throw new UnexpectedReply();
}

export function pong(reply: Reply): void {
  if (reply !== 'PONG') throw new UnexpectedReply();
}

export function arrayOf<T>(reply: Reply | undefined, length: number, read: (item: Reply) => T): T[] {
  if (!Array.isArray(reply) || reply.length !== length) throw new UnexpectedReply();
  return (reply as readonly Reply[]).map(read);
}

/** All 64 bits of it. */
export function wideInteger(reply: Reply): bigint {
  if (typeof reply === 'number' || typeof reply === 'bigint') return BigInt(reply);
  throw new UnexpectedReply();
}

/** The same from a script, which tells those beyond Lua's numbers as text. */
export function integerOrText(reply: Reply): bigint {
  const value = counterOf(reply);
  if (value === undefined) throw new UnexpectedReply();
  return value;
}

/** What a counter's key holds; throws a ReplyError, as INCR would, for a value that is no counter's. */
export function counterValue(reply: Reply): bigint {
  const value = bulkOrNull(reply);
  if (value === null) return 0n;
  const count = counterOf(value);
  if (count === undefined) throw new ReplyError('ERR value is not an integer or out of range');
  return count;
}

/** What a script counted for one key, or the text of the error that it met there. */
export function countOrError(reply: Reply): number | ReplyError {
  return Buffer.isBuffer(reply) || typeof reply === 'string' ? errorOf(reply) : integer(reply);
}

/** The text of an error that a script met at one of its keys. */
export function errorOf(reply: Reply): ReplyError {
  if (Buffer.isBuffer(reply) || typeof reply === 'string') return new ReplyError(reply.toString());
  throw new UnexpectedReply();
}

/** SCAN's: the next cursor, and keys. */
export function scanPage(reply: Reply): [cursor: string, keys: Buffer[]] {
  if (!Array.isArray(reply) || reply.length !== 2) throw new UnexpectedReply();
  const [cursor, keys] = reply as readonly Reply[];
  if (!(Buffer.isBuffer(cursor) && Array.isArray(keys) && keys.every(Buffer.isBuffer))) throw new UnexpectedReply();
  return [cursor.latin1Slice(), keys];
}
