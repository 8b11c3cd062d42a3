/**
 * Keys and their values, packed: all bytes in one buffer and an index of 32-bit numbers, so that a list of a million
 * entries is three objects and costs its bytes and some 16 bytes per entry. Built once, then only read. Up to 2 GiB.
 *
 * An entry: the lengths of key and value, four bytes each, then both.
 */
export class EntryTable {
  readonly #bytes: Buffer;
  /** Places of entries, plus 1; 0 is free. A power of two of them, at most half of them taken. */
  readonly #slots: Uint32Array;
  readonly size: number;

  constructor(bytes: Buffer, slots: Uint32Array, size: number) {
    this.#bytes = bytes;
    this.#slots = slots;
    this.size = size;
  }

  get byteLength(): number {
    return this.#bytes.length + this.#slots.byteLength;
  }

  /** A view of the value: not to be changed. */
  get(key: Buffer): Buffer | undefined {
    const at = this.#slots[slotOf(this.#slots, this.#bytes, key)] as number;
    return at === 0 ? undefined : valueAt(this.#bytes, at - 1);
  }
}

const HEADER = 8;

/** Collects entries for a table. */
export class EntryTableBuilder {
  #bytes: Buffer;
  #used = 0;
  #slots: Uint32Array;
  #size = 0;

  /** Entries and bytes of text that are expected: growing holds others up. */
  constructor(expected = { entries: 0, bytes: 0 }) {
    this.#bytes = Buffer.allocUnsafe(4_096 + expected.bytes + expected.entries * HEADER);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(64 + expected.entries * 2)));
  }

  get size(): number {
    return this.#size;
  }

  /** Texts of one character per byte. With `replace` a key that is there gets the new value. Answers whether it is new. */
  add(key: string, value: string, replace: boolean): boolean {
    const at = this.#append(key, value);
    const slot = slotOf(this.#slots, this.#bytes, this.#bytes.subarray(at + HEADER, at + HEADER + key.length));
    const isNew = this.#slots[slot] === 0;
    if (isNew || replace) this.#slots[slot] = at + 1;
    else this.#used = at;
    if (!isNew) return false;
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return true;
  }

  build(): EntryTable {
    const bytes = this.#bytes.subarray(0, this.#used);
    // Copying many megabytes holds others up: only for what it saves.
    const saves = this.#bytes.length - this.#used > this.#used / 8;
    return new EntryTable(saves ? Buffer.from(bytes) : bytes, this.#slots, this.#size);
  }

  #append(key: string, value: string): number {
    const at = this.#used;
    const end = at + HEADER + key.length + value.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#bytes.writeUInt32LE(key.length, at);
    this.#bytes.writeUInt32LE(value.length, at + 4);
    this.#bytes.latin1Write(key, at + HEADER, key.length);
    this.#bytes.latin1Write(value, at + HEADER + key.length, value.length);
    this.#used = end;
    return at;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    for (const at of this.#slots) {
      if (at !== 0) slots[slotOf(slots, this.#bytes, keyAt(this.#bytes, at - 1))] = at;
    }
    this.#slots = slots;
  }
}

/** The slot of a key, or the free one where it belongs. */
function slotOf(slots: Uint32Array, bytes: Buffer, key: Buffer): number {
  const mask = slots.length - 1;
  for (let slot = hash(key) & mask; ; slot = (slot + 1) & mask) {
    const at = slots[slot] as number;
    if (at === 0 || isKeyAt(bytes, at - 1, key)) return slot;
  }
}

function isKeyAt(bytes: Buffer, at: number, key: Buffer): boolean {
  if (bytes.readUInt32LE(at) !== key.length) return false;
  const start = at + HEADER;
  return bytes.compare(key, 0, key.length, start, start + key.length) === 0;
}

function keyAt(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at + HEADER, at + HEADER + bytes.readUInt32LE(at));
}

function valueAt(bytes: Buffer, at: number): Buffer {
  const start = at + HEADER + bytes.readUInt32LE(at);
  return bytes.subarray(start, start + bytes.readUInt32LE(at + 4));
}

/** FNV-1a with murmur's last mix. Who asks cannot add entries, so there is nothing to gain by colliding keys. */
function hash(key: Buffer): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
