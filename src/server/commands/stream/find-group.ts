import type { ConsumerGroup } from '../../data/stream-group.js';
import type { StreamValue } from '../../data/stream-value.js';
import { CommandError } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';

/** The stream of argument 1 and its group of argument 2, for reading. */
export function findGroup(call: Call, ref = call.db.read(call.args, 1)): { stream: StreamValue; group: ConsumerGroup } {
  const { args } = call;
  const stream = call.readToChange<StreamValue>(1, Type.stream, ref);
  const group = stream?.groups.get(args.text(2));
  if (!stream || !group) {
    throw new CommandError(`NOGROUP No such key '${args.text(1)}' or consumer group '${args.text(2)}'`);
  }
  return { stream, group };
}

/** The group that argument 3 names, of the stream of argument 2. */
export function groupOf({ args }: Call, stream: StreamValue): ConsumerGroup {
  const group = stream.groups.get(args.text(3));
  if (group) return group;
  throw new CommandError(`NOGROUP No such consumer group '${args.text(3)}' for key name '${args.text(2)}'`);
}

/** In the order of their names. */
export function byName<T>(named: ReadonlyMap<string, T>): [string, T][] {
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1));
}
