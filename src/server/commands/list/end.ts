import type { Args, ByteString } from '../../../resp/args.js';
import type { ReplySink } from '../../../resp/sink.js';
import type { ListValue } from '../../data/list-value.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';

/** The ends of a list: what LPUSH and RPUSH differ in, and LMOVE's LEFT and RIGHT. */
export type End = 'left' | 'right';

export function readEnd(args: Args, i: number): End {
  const word = args.word(i);
  if (word !== 'left' && word !== 'right') throw errors.syntax;
  return word;
}

const PUSHED = { left: 'lpush', right: 'rpush' } as const;
const POPPED = { left: 'lpop', right: 'rpop' } as const;
export const POP_COMMAND = { left: 'LPOP', right: 'RPOP' } as const;

export function pushArgument(list: ListValue, end: End, args: Args, i: number): void {
  if (end === 'left') list.pushHeadArgument(args, i);
  else list.pushTailArgument(args, i);
}

export function push(list: ListValue, end: End, element: ByteString): void {
  if (end === 'left') list.pushHead(element);
  else list.pushTail(element);
}

/** Takes an element away and tells it. */
export function tellPopped(list: ListValue, end: End, reply: ReplySink): void {
  if (end === 'left') list.tellHead(reply);
  else list.tellTail(reply);
}

export function pop(list: ListValue, end: End): ByteString {
  return end === 'left' ? list.popHead() : list.popTail();
}

export function reportPushed(call: Call, i: number, end: End, count: number): void {
  call.changed(i, NOTIFY.list, PUSHED[end], count);
}

/** The list under the key at argument `i` lost elements: an empty one goes. */
export function reportPopped(call: Call, i: number, list: ListValue, end: End, count: number): void {
  call.changed(i, NOTIFY.list, POPPED[end], count);
  call.removeIfEmpty(i, list);
}
