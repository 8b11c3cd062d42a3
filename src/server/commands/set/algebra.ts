import type { ByteString } from '../../../resp/args.js';
import type { SetValue } from '../../data/set-value.js';

/** Intersection, union and difference of sets, a missing one being empty. */
type Sets = readonly (SetValue | undefined)[];

/** Members that all sets have, up to `limit` of them; those of the smallest set are tried. */
export function intersection(sets: Sets, limit = Infinity): ByteString[] {
  if (sets.includes(undefined)) return [];
  const [smallest, ...others] = (sets as readonly SetValue[]).toSorted((a, b) => a.size - b.size);
  const members: ByteString[] = [];
  for (const member of smallest!.members) {
    if (members.length >= limit) break;
    if (others.every((other) => other.hasText(member))) members.push(member);
  }
  return members;
}

export function union(sets: Sets, into: SetValue): SetValue {
  for (const set of sets) if (set) for (const member of set.members) into.addText(member);
  return into;
}

/** Members of the first set that no other has. */
export function difference(sets: Sets): ByteString[] {
  const [first, ...rest] = sets;
  const others = rest.filter((set) => set !== undefined).toSorted((a, b) => b.size - a.size);
  return (first?.members ?? []).filter((member) => !others.some((other) => other.hasText(member)));
}

export function fill(set: SetValue, members: readonly ByteString[]): SetValue {
  for (const member of members) set.addText(member);
  return set;
}
