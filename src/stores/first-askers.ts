import type { Bytes } from '../core/bytes.js';

/** Whoever wants a key. */
interface Asking {
  readonly key: Bytes;
}

/**
 * Finds who asked for the same key before, among those of one batch. Text and bytes are never the same. Keys are told
 * apart by a hash of their own, without making a text of each; where many have the same hash, as somebody may intend,
 * some are taken for new, and asked for twice.
 */
export class FirstAskers<T extends Asking> {
  readonly #places = new Map<number, T>();

  /** The first one; undefined where it is this one. */
  before(asking: T): T | undefined {
    let place = hashOf(asking.key);
    for (let tries = 0; tries < MOST_TRIES; tries++, place++) {
      const first = this.#places.get(place);
      if (first === undefined) {
        this.#places.set(place, asking);
        return undefined;
      }
      if (isSame(first.key, asking.key)) return first;
    }
    return undefined;
  }
}

const MOST_TRIES = 8;

function hashOf(key: Bytes): number {
  let hash = key.length;
  if (typeof key === 'string') for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) | 0;
  else for (let i = 0; i < key.length; i++) hash = (hash * 31 + key[i]!) | 0;
  // A small integer, which V8 keeps without an object, with room for the tries.
  return hash & 0x1fff_ffff;
}

function isSame(one: Bytes, other: Bytes): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
