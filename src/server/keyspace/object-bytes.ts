import type { CollectionValue } from './value.js';

/** Bytes of what lies outside of the keyspace's blocks: long strings, and collections as they were counted last. */
export class ObjectBytes {
  private bytes = 0;
  /** Collections that may have changed since they were counted. */
  private readonly changing: CollectionValue[] = [];

  get total(): number {
    if (this.changing.length > 0) this.count();
    return this.bytes;
  }

  /** Of strings, which change by this much. */
  add(bytes: number): void {
    this.bytes += bytes;
  }

  willChange(value: CollectionValue): void {
    const { changing } = this;
    if (changing[changing.length - 1] === value) return;
    if (changing.length === MAX_CHANGING) this.count();
    changing.push(value);
  }

  forget(value: CollectionValue): void {
    const { changing } = this;
    this.bytes -= value.counted;
    for (let at = changing.indexOf(value); at >= 0; at = changing.indexOf(value)) changing.splice(at, 1);
  }

  clear(): void {
    this.changing.length = 0;
    this.bytes = 0;
  }

  private count(): void {
    for (const value of this.changing) {
      const bytes = value.memory();
      this.bytes += bytes - value.counted;
      value.counted = bytes;
    }
    this.changing.length = 0;
  }
}

const MAX_CHANGING = 16;
