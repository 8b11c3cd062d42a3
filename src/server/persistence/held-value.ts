import type { Entries } from '../keyspace/entries.js';
import type { Ref } from '../keyspace/memory.js';
import { type CollectionValue, Type } from '../keyspace/value.js';

/**
 * A large value that is written in steps, between which commands run. Before one changes it `keep` is called: from then
 * on the steps go by a copy, which is the same at the same places and shares with the value what that does not change.
 */
export interface Held<T extends CollectionValue> {
  readonly value: T;
  keep(): void;
}

export type HeldValue = Held<CollectionValue> | HeldString;

class HeldCollection implements Held<CollectionValue> {
  constructor(public value: CollectionValue) {}

  keep(): void {
    this.value = this.value.clone();
  }
}

/** A string that lies outside the blocks. Its copy shares nothing. */
export class HeldString {
  constructor(public value: Buffer) {}

  keep(): void {
    this.value = Buffer.from(this.value);
  }
}

/** Undefined for what is written at once. */
export function holdLarge(entries: Entries, ref: Ref): HeldValue | undefined {
  if (entries.type(ref) === Type.string) {
    if (entries.stringLength(ref) < LARGE_BYTES) return undefined;
    return new HeldString(entries.stringBuffer(ref));
  }
  const value = entries.collection(ref);
  if (value.pack !== undefined || (value.size < LARGE && value.memory() < LARGE_BYTES)) return undefined;
  return new HeldCollection(value);
}

/** Elements, or bytes, from which on a value is not written at once. */
const LARGE = 4096;
/** Nor is a string of so many bytes compressed, which would take too long in one piece. */
export const LARGE_BYTES = 256 * 1024;
