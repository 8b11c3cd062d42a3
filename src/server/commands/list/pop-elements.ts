import type { ListValue } from '../../data/list-value.js';
import { errors, wrongArity } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { writeList } from './access.js';
import { type End, POP_COMMAND, reportPopped, tellPopped } from './end.js';

/** LPOP and RPOP: one element, or an array when a count is given. */
export function popElements(call: Call, end: End): void {
  const { args, reply } = call;
  if (args.count > 3) throw wrongArity(call.command.name);
  const count = args.count === 3 ? readInteger(args, 2, errors.mustBePositive) : undefined;
  if (count !== undefined && count < 0) throw errors.mustBePositive;
  const list = writeList(call, 1);
  if (count === undefined) {
    if (list) popOne(call, 1, list, end);
    else reply.nil();
  } else if (list) popMany(call, 1, list, end, count);
  else reply.nilArray();
}

export function popOne(call: Call, i: number, list: ListValue, end: End): void {
  tellPopped(list, end, call.reply);
  reportPopped(call, i, list, end, 1);
}

/** Replies with an array of up to `count` elements; answers how many. */
export function popMany(call: Call, i: number, list: ListValue, end: End, count: number): number {
  const { reply } = call;
  const popped = Math.min(count, list.size);
  reply.array(popped);
  for (let n = 0; n < popped; n++) tellPopped(list, end, reply);
  if (popped > 0) reportPopped(call, i, list, end, popped);
  return popped;
}

/** LMPOP's reply for the list at argument `i`: its key and the elements. */
export function popWithKey(call: Call, i: number, end: End, count: number): void {
  const { args, reply } = call;
  const list = writeList(call, i)!;
  reply.array(2);
  reply.bulk(args.text(i));
  const popped = popMany(call, i, list, end, count);
  call.propagate(POP_COMMAND[end], args.text(i), String(popped));
}
