import { type CollectionValue, Type } from '../keyspace/value.js';
import { type HashLimits, HashValue } from './hash-value.js';

/** The collection of a type over a pack of this kind, which is empty yet. */
export function openPack(type: Type, _kind: number, limits: HashLimits): CollectionValue {
  if (type === Type.hash) return new HashValue(limits);
  throw new TypeError(`a value of type ${type} is never packed`);
}
