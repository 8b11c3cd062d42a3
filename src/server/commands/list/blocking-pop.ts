import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { readTimeout } from '../timeout.js';
import { findReady, waitForKeys } from '../waiting.js';
import { writeList } from './access.js';
import { type End, POP_COMMAND } from './end.js';
import { popOne } from './pop-elements.js';

/** BLPOP and BRPOP. */
export function blockingPop(call: Call, end: End): void {
  const { args, reply } = call;
  const timeout = readTimeout(args, args.count - 1);
  const last = args.count - 2;
  const i = findReady(call, 1, last, Type.list);
  if (i === undefined) {
    waitForKeys(call, 1, last, timeout);
    return;
  }
  reply.array(2);
  reply.bulk(args.text(i));
  popOne(call, i, writeList(call, i)!, end);
  call.propagate(POP_COMMAND[end], args.text(i));
}
