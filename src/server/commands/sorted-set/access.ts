import type { ReplySink } from '../../../resp/sink.js';
import { SortedSetValue } from '../../data/sorted-set-value.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';

/** Sorted sets as commands reach them. */

export function readSortedSet(call: Call, i: number): SortedSetValue | undefined {
  return call.read<SortedSetValue>(i, Type.zset);
}

export function writeSortedSet(call: Call, i: number): SortedSetValue | undefined {
  return call.write<SortedSetValue>(i, Type.zset);
}

export function newSortedSet(call: Call): SortedSetValue {
  return new SortedSetValue(call.server.settings);
}

/** For a result that is kept, `settled` when it is complete: -0 is another score than 0 until then. */
export function newStored(call: Call): SortedSetValue {
  return new SortedSetValue(call.server.settings, false);
}

/** For a result that is replied and not kept. */
export function newResult(): SortedSetValue {
  return new SortedSetValue(NEVER_PACKED);
}

const NEVER_PACKED = { zsetMaxListpackEntries: 0, zsetMaxListpackValue: 0 };

/** Members with their scores: flat pairs in RESP2, nested ones in RESP3. */
export function startPairs(reply: ReplySink, count: number): void {
  reply.array(reply.protocol === 3 ? count : count * 2);
}
