import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { findReady } from '../waiting.js';
import { obtainList, writeList } from './access.js';
import { type End, pop, push, reportPopped, reportPushed } from './end.js';

/** Moves an element from the list at argument 1 to the one at argument 2 and replies with it; false: no source. */
export function moveElement(call: Call, from: End, to: End): boolean {
  const source = writeList(call, 1);
  if (!source) return false;
  // A destination of another type fails here, before anything has changed.
  writeList(call, 2);
  const element = pop(source, from);
  push(obtainList(call, 2), to, element);
  reportPushed(call, 2, to, 0);
  reportPopped(call, 1, source, from, 1);
  call.reply.bulk(element);
  return true;
}

/** The same, waiting for the source. `effect` is what is propagated. */
export function moveOrWait(call: Call, from: End, to: End, timeout: number, effect: string): void {
  const { args, reply } = call;
  if (findReady(call, 1, 1, Type.list) !== undefined) {
    moveElement(call, from, to);
    // Redis names the ends itself for a client that waited.
    const ends = args.texts(3, args.count - 1);
    const waited = call.server.blocking.readyKey !== undefined;
    call.propagate(effect, args.text(1), args.text(2), ...(waited ? ends.map((end) => end.toLowerCase()) : ends));
  } else if (!call.block([args.text(1)], timeout, () => reply.nilArray())) reply.nil();
}
