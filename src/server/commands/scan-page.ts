import { globMatches } from '../../core/glob.js';
import type { Args, ByteString } from '../../resp/args.js';
import { errors } from '../errors.js';
import type { Call } from './call.js';
import { readInteger } from './numbers.js';

/** What HSCAN, SSCAN and ZSCAN share: the cursor, MATCH and COUNT, and the reply. */

/** As strtoul reads it; buckets are numbered with 32 bits. */
export function readCursor(args: Args, i: number): number {
  const text = args.text(i);
  if (!/^(?:[+-]?\d+)?$/.test(text)) throw errors.invalidCursor;
  const value = BigInt(text.replace('+', '') || '0');
  if (value >= 2n ** 64n || value <= -(2n ** 64n)) throw errors.invalidCursor;
  return Number(BigInt.asUintN(32, value));
}

/** One step of a scan from a cursor; `take` gets each element, with its value in a hash or sorted set. */
export type ScanStep = (cursor: number, take: (element: ByteString, value?: ByteString) => void) => number;

/** Replies with a page of the collection at argument 1, which is missing when there is no `step`. */
export function replyPage(call: Call, cursor: number, step: ScanStep | undefined): void {
  const { reply } = call;
  const items: ByteString[] = [];
  let next = 0;
  if (step) {
    const { pattern, count } = readOptions(call.args);
    let met = 0;
    const take = (element: ByteString, value?: ByteString) => {
      met++;
      if (pattern !== undefined && !globMatches(pattern, element)) return;
      items.push(element);
      if (value !== undefined) items.push(value);
    };
    next = cursor;
    // A sparse table ends the step early.
    let buckets = count * 10;
    do next = step(next, take);
    while (next !== 0 && --buckets > 0 && met < count);
  }
  reply.array(2);
  reply.bulk(String(next));
  reply.array(items.length);
  for (const item of items) reply.bulk(item);
}

function readOptions(args: Args): { pattern: ByteString | undefined; count: number } {
  let count = 10;
  let pattern: ByteString | undefined;
  for (let i = 3; i < args.count; i += 2) {
    const word = args.word(i);
    if (i + 1 >= args.count) throw errors.syntax;
    if (word === 'match') pattern = args.text(i + 1);
    else if (word === 'count') {
      count = readInteger(args, i + 1);
      if (count < 1) throw errors.syntax;
    } else throw errors.syntax;
  }
  return { pattern: pattern === '*' ? undefined : pattern, count };
}
