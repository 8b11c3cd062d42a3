import { Area, copyPart, EMPTY_AREA } from '../../resp/area.js';
import type { Args, ByteString } from '../../resp/args.js';
import { Pack } from '../keyspace/pack.js';
import { ListpackElements } from './listpack.js';
import { nextElement, previousElement, textAt } from './listpack-element.js';

/**
 * A pack whose bytes are listpack elements: items of one element each, or of two (a field and its value). An item is
 * named by its place, 0 to size - 1; stepping from the place asked for last to the next one costs nothing.
 *
 * What is looked for or added is first written to ENCODED: an element is the same where its bytes are, because there
 * is one way only to write it.
 */
export abstract class PackedElements extends Pack {
  /** Elements of an item. */
  protected abstract readonly width: 1 | 2;
  /** A place and its offset. */
  private place = 0;
  private placeAt = 0;

  /** The elements as they are stored. */
  elements(): ListpackElements {
    return ListpackElements.from(this.bytes.subarray(this.start, this.start + this.length));
  }

  /** Whether another item of this length leaves it small enough. */
  hasRoom(length: number): boolean {
    return this.length + length + OVERHEAD <= MAX_BYTES;
  }

  /** Where the item's first element is in `bytes`, until the next change. */
  at(place: number): number {
    const { bytes, start } = this;
    let at = start + this.placeAt;
    let from = this.place;
    if (place < from >> 1) {
      at = start;
      from = 0;
    } else if (place - from > this.size - place) {
      at = start + this.length;
      from = this.size;
    }
    const two = this.width === 2;
    for (; from < place; from++) at = two ? nextElement(bytes, nextElement(bytes, at)) : nextElement(bytes, at);
    for (; from > place; from--) {
      at = previousElement(bytes, at);
      if (two) at = previousElement(bytes, at);
    }
    this.place = place;
    this.placeAt = at - start;
    return at;
  }

  /** Where the item's second element is. */
  protected secondAt(place: number): number {
    return nextElement(this.bytes, this.at(place));
  }

  /** The place of the item whose first element is in ENCODED, -1 when there is none. */
  protected search(): number {
    const { buffer, end: size } = ENCODED;
    const first = buffer[0];
    const { bytes, start } = this;
    const end = start + this.length;
    const two = this.width === 2;
    let place = 0;
    for (let at = start; at < end; place++) {
      const next = nextElement(bytes, at);
      if (bytes[at] === first && next - at === size && isSame(bytes, at, buffer, size)) {
        this.place = place;
        this.placeAt = at - start;
        return place;
      }
      at = two ? nextElement(bytes, next) : next;
    }
    return -1;
  }

  /** Puts what is in ENCODED at a place, which may be the end, as an item. */
  protected insertItem(place: number): void {
    const at = this.at(place) - this.start;
    this.splice(at, 0, encodedArea(), ENCODED.end, 1);
  }

  removeItems(place: number, count: number): void {
    const end = this.at(place + count) - this.start;
    const at = this.at(place) - this.start;
    this.splice(at, end - at, EMPTY_AREA, 0, -count);
  }

  /** Puts what is in ENCODED in the place of the element at this offset of `bytes`. */
  protected replaceElement(at: number): void {
    this.splice(at - this.start, nextElement(this.bytes, at) - at, encodedArea(), ENCODED.end, 0);
  }

  protected override moved(at: number): void {
    if (at >= this.placeAt) return;
    this.place = 0;
    this.placeAt = 0;
  }

  /** The item's first element. */
  first(place: number): ByteString {
    return textAt(this.bytes, this.at(place));
  }
}

/** What an item needs beside the bytes of its text. */
const OVERHEAD = 32;
/** More would take long to be searched through and moved. */
const MAX_BYTES = 16 * 1024;
/** As text it may be longer than as an element. */
export const LONGEST_INTEGER = 20;

/** What is looked for or added. */
export const ENCODED = new ListpackElements(256);

export function encodeArgument(args: Args, i: number): void {
  startEncoding();
  addEncoded(args.area, args.start(i), args.length(i));
}

/** Adds bytes to what is in ENCODED. */
export function addEncoded(area: Area, start: number, length: number): void {
  if (length <= LONGEST_INTEGER) {
    ENCODED.addString(area.bytes, start, length);
    return;
  }
  const at = ENCODED.beginString(length);
  copyPart(area, start, encodedArea(), at, length);
  ENCODED.endString(at, length);
}

/** The area of ENCODED, which gets another one as it grows. */
export function encodedArea(): Area {
  if (encodedIn.bytes !== ENCODED.buffer) encodedIn = new Area(ENCODED.buffer);
  return encodedIn;
}

let encodedIn = EMPTY_AREA;

export function encodeText(text: ByteString): void {
  startEncoding();
  ENCODED.addText(text);
}

/** The room that a huge element took is given back. */
export function startEncoding(): void {
  ENCODED.end = 0;
  if (ENCODED.buffer.length > LARGE) ENCODED.buffer = Buffer.allocUnsafeSlow(256);
}

const LARGE = 1024 * 1024;

/** From the end: elements of one collection often begin alike. */
function isSame(bytes: Buffer, at: number, other: Buffer, size: number): boolean {
  for (let i = size - 1; i > 0; i--) if (bytes[at + i] !== other[i]) return false;
  return true;
}
