import { type Bytes, toBuffer } from '../core/bytes.js';

/** A store's keys as the server has them: `key-prefix` goes before each, and off again in what is listed. */
export class KeySpace {
  readonly #prefix: string;
  readonly #prefixBytes: Buffer;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#prefixBytes = Buffer.from(prefix, 'utf8');
  }

  full(key: Bytes): Bytes {
    if (this.#prefix === '') return key;
    return typeof key === 'string' ? this.#prefix + key : Buffer.concat([this.#prefixBytes, key]);
  }

  /**
   * A second key in the slot of the caller's, under the same prefix; undefined when there is none: a "}"
   * without a hash tag cannot stand inside one.
   */
  companion(key: Bytes, suffix: string): Buffer | undefined {
    const full = toBuffer(this.full(key));
    if (hashTag(full) !== undefined) return Buffer.concat([full, Buffer.from(suffix)]);
    const wrapped = Buffer.concat([this.#prefixBytes, Buffer.from('{'), full, Buffer.from(`}${suffix}`)]);
    return hashTag(wrapped)?.equals(full) === true ? wrapped : undefined;
  }

  /** The caller's key of one that was listed. */
  stripped(full: Buffer): Buffer {
    return full.subarray(this.#prefixBytes.length);
  }
}

/** The glob that matches exactly the keys that start with these bytes. */
export function prefixPattern(prefix: Bytes): Buffer {
  const escaped: number[] = [];
  for (const byte of toBuffer(prefix)) {
    if (GLOB_BYTES.has(byte)) escaped.push(0x5c);
    escaped.push(byte);
  }
  escaped.push(0x2a);
  return Buffer.from(escaped);
}

const GLOB_BYTES = new Set(Buffer.from('*?[]\\'));

/** What a cluster hashes instead of the whole key: the bytes between the first "{" and the next "}", if any. */
function hashTag(key: Buffer): Buffer | undefined {
  const open = key.indexOf(0x7b);
  const close = open === -1 ? -1 : key.indexOf(0x7d, open + 1);
  return close > open + 1 ? key.subarray(open + 1, close) : undefined;
}
