import type { Args, ByteString } from '../../../resp/args.js';
import type { ReplySink } from '../../../resp/sink.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { tellPair } from '../../data/told-run.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { readTimeout } from '../timeout.js';
import { findReady, waitForKeys } from '../waiting.js';
import { startPairs, writeSortedSet } from './access.js';

/** What ZPOPMIN and ZPOPMAX differ in. */
export type Extreme = 'min' | 'max';

export function readExtreme(args: Args, i: number): Extreme {
  const word = args.word(i);
  if (word !== 'min' && word !== 'max') throw errors.syntax;
  return word;
}

const EVENTS = { min: 'zpopmin', max: 'zpopmax' } as const;
const COMMANDS = { min: 'ZPOPMIN', max: 'ZPOPMAX' } as const;

/** Removes up to `count` members from that end and hands each to `take`, which replies; answers how many. */
function popFrom(call: Call, i: number, zset: SortedSetValue, end: Extreme, count: number, take: TakePair): number {
  const popped = Math.min(count, zset.size);
  zset.each(end === 'min' ? 0 : zset.size - 1, popped, take, end === 'max');
  zset.removeRange(end === 'min' ? 0 : zset.size - popped, popped);
  if (popped > 0) {
    call.changed(i, NOTIFY.zset, EVENTS[end], popped);
    call.removeIfEmpty(i, zset);
  }
  return popped;
}

type TakePair = (member: ByteString, score: number) => void;

/** ZPOPMIN and ZPOPMAX: one flat pair, or as many as the count says, nested in RESP3. */
export function popExtremes(call: Call, end: Extreme): void {
  const { args, reply } = call;
  if (args.count > 3) throw errors.syntax;
  const counted = args.count === 3;
  const count = counted ? readInteger(args, 2, errors.mustBePositive) : 1;
  if (count < 0) throw errors.mustBePositive;
  const zset = writeSortedSet(call, 1);
  if (!zset) {
    reply.array(0);
  } else if (counted) {
    startPairs(reply, Math.min(count, zset.size));
    popFrom(call, 1, zset, end, count, (member, score) => tellPair(reply, member, score));
  } else {
    reply.array(2);
    popFrom(call, 1, zset, end, 1, flatPair(reply));
  }
}

/** BZPOPMIN and BZPOPMAX: key, member, score. */
export function blockingPopExtreme(call: Call, end: Extreme): void {
  const { args, reply } = call;
  const timeout = readTimeout(args, args.count - 1);
  const last = args.count - 2;
  const i = findReady(call, 1, last, Type.zset);
  if (i === undefined) {
    waitForKeys(call, 1, last, timeout);
    return;
  }
  reply.array(3);
  reply.bulk(args.text(i));
  popFrom(call, i, writeSortedSet(call, i)!, end, 1, flatPair(reply));
  call.propagate(COMMANDS[end], args.text(i));
}

/** ZMPOP's reply for the sorted set at argument `i`: its key and nested pairs. */
export function popExtremesWithKey(call: Call, i: number, end: Extreme, count: number): void {
  const { args, reply } = call;
  const zset = writeSortedSet(call, i)!;
  reply.array(2);
  reply.bulk(args.text(i));
  reply.array(Math.min(count, zset.size));
  const pair = flatPair(reply);
  const popped = popFrom(call, i, zset, end, count, (member, score) => {
    reply.array(2);
    pair(member, score);
  });
  call.propagate(COMMANDS[end], args.text(i), String(popped));
}

function flatPair(reply: ReplySink): TakePair {
  return (member, score) => {
    reply.bulk(member);
    reply.double(score);
  };
}
