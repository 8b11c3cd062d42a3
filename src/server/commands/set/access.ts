import type { ByteString } from '../../../resp/args.js';
import type { ReplySink } from '../../../resp/sink.js';
import { SetValue } from '../../data/set-value.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';

/** Sets as commands reach them. */

export function readSet(call: Call, i: number): SetValue | undefined {
  return call.read<SetValue>(i, Type.set);
}

export function writeSet(call: Call, i: number): SetValue | undefined {
  return call.write<SetValue>(i, Type.set);
}

export function newSet(call: Call): SetValue {
  return new SetValue(call.server.settings);
}

/** The sets at the arguments from `first` to `last`; undefined for a key that is missing. */
export function readSets(call: Call, first: number, last: number): (SetValue | undefined)[] {
  const sets: (SetValue | undefined)[] = [];
  for (let i = first; i <= last; i++) sets.push(readSet(call, i));
  return sets;
}

export function replyMembers(reply: ReplySink, members: readonly ByteString[]): void {
  reply.set(members.length);
  for (const member of members) reply.bulk(member);
}
