import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { tellElement, textAt, textLengthAt } from './listpack-element.js';
import { ENCODED, encodeArgument, LONGEST_INTEGER, PackedElements } from './packed-elements.js';

/** Fields and values in turn, in the order they came. */
export class PackedHash extends PackedElements {
  protected readonly width = 2;

  find(args: Args, i: number): number {
    if (args.length(i) > this.length + LONGEST_INTEGER) return -1;
    encodeArgument(args, i);
    return this.search();
  }

  field(place: number): ByteString {
    return this.first(place);
  }

  value(place: number): ByteString {
    return textAt(this.bytes, this.secondAt(place));
  }

  valueLength(place: number): number {
    return textLengthAt(this.bytes, this.secondAt(place));
  }

  replyField(place: number, reply: ReplySink): void {
    const at = this.at(place);
    tellElement(this.bytes, at, reply);
  }

  replyValue(place: number, reply: ReplySink): void {
    const at = this.secondAt(place);
    tellElement(this.bytes, at, reply);
  }

  /** Adds the field that an argument names, which is not there, at the end. */
  add(args: Args, i: number, bytes: Buffer, start: number, length: number): void {
    encodeArgument(args, i);
    ENCODED.addString(bytes, start, length);
    this.insertItem(this.size);
  }

  setValue(place: number, bytes: Buffer, start: number, length: number): void {
    ENCODED.end = 0;
    ENCODED.addString(bytes, start, length);
    const at = this.secondAt(place);
    this.replaceElement(at);
  }

  remove(place: number): void {
    this.removeItems(place, 1);
  }

  clone(): PackedHash {
    return this.copyInto(new PackedHash());
  }
}
