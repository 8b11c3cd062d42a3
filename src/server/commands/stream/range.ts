import type { StreamValue } from '../../data/stream-value.js';
import { errors } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { readRangeEnd, readRangeStart } from './arguments.js';
import { replyRange } from './reply-entries.js';

/** XRANGE, and XREVRANGE, whose bounds come the other way round. */
export function runRange(call: Call, backwards: boolean): void {
  const { args, reply } = call;
  const start = readRangeStart(args, backwards ? 3 : 2);
  const end = readRangeEnd(args, backwards ? 2 : 3);
  const count = readCount(call);
  const stream = call.read<StreamValue>(1, Type.stream);
  if (!stream) reply.array(0);
  else if (count === 0) reply.nilArray();
  else replyRange(reply, stream.range(start, end, backwards), count ?? 0);
}

/** undefined: no limit. */
function readCount({ args }: Call): number | undefined {
  let count: number | undefined;
  for (let i = 4; i < args.count; i += 2) {
    if (args.word(i) !== 'count' || i + 1 >= args.count) throw errors.syntax;
    count = Math.max(0, readInteger(args, i + 1));
  }
  return count;
}
