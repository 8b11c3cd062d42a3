import type { Area } from '../../resp/area.js';
import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { replyElement, textAt, textLengthAt } from './listpack-element.js';
import { addEncoded, encodeArgument, LONGEST_INTEGER, PackedElements, startEncoding } from './packed-elements.js';

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
    replyElement(this.area, at, reply);
  }

  replyValue(place: number, reply: ReplySink): void {
    const at = this.secondAt(place);
    replyElement(this.area, at, reply);
  }

  /** Adds the field that an argument names, which is not there, at the end. */
  add(args: Args, i: number, area: Area, start: number, length: number): void {
    encodeArgument(args, i);
    addEncoded(area, start, length);
    this.insertItem(this.size);
  }

  setValue(place: number, area: Area, start: number, length: number): void {
    startEncoding();
    addEncoded(area, start, length);
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
