import { ListValue } from '../../data/list-value.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';

/** Lists as commands reach them. */

export function readList(call: Call, i: number): ListValue | undefined {
  return call.read<ListValue>(i, Type.list);
}

export function writeList(call: Call, i: number): ListValue | undefined {
  return call.write<ListValue>(i, Type.list);
}

export function obtainList(call: Call, i: number): ListValue {
  return call.obtain<ListValue>(i, Type.list, newList);
}

function newList(): ListValue {
  return new ListValue();
}

/** Where an index from either end is in the list, -1 when it is not. */
export function placeOf(index: number, list: ListValue): number {
  const place = index < 0 ? list.size + index : index;
  return place >= 0 && place < list.size ? place : -1;
}

/** A range of indexes from either end as the first place and how many; none: 0. */
export function rangeOf(start: number, end: number, size: number): { from: number; count: number } {
  const from = Math.max(0, start < 0 ? size + start : start);
  const to = Math.min(size - 1, end < 0 ? size + end : end);
  return { from, count: Math.max(0, to - from + 1) };
}
