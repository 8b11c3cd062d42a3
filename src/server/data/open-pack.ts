import { type CollectionValue, Type } from '../keyspace/value.js';
import { type HashLimits, HashValue } from './hash-value.js';
import { ListValue } from './list-value.js';
import { type SetLimits, SetValue } from './set-value.js';
import { type SortedSetLimits, SortedSetValue } from './sorted-set-value.js';

/** The collection of a type over a pack of this kind, which is empty yet. */
export function openPack(type: Type, kind: number, limits: HashLimits & SetLimits & SortedSetLimits): CollectionValue {
  if (type === Type.hash) return new HashValue(limits);
  if (type === Type.list) return new ListValue();
  if (type === Type.set) return new SetValue(limits, kind);
  if (type === Type.zset) return new SortedSetValue(limits, true);
  throw new TypeError(`a value of type ${type} is never packed`);
}
