import type { Args, ByteString } from '../../resp/args.js';
import { encodeArgument, encodeText, LONGEST_INTEGER, PackedElements } from './packed-elements.js';

/** A few short members of a set, in the order they came. */
export class PackedMembers extends PackedElements {
  override readonly kind = PACKED_MEMBERS;
  protected readonly width = 1;

  find(args: Args, i: number): number {
    if (args.length(i) > this.length + LONGEST_INTEGER) return -1;
    encodeArgument(args, i);
    return this.search();
  }

  findText(member: ByteString): number {
    if (member.length > this.length + LONGEST_INTEGER) return -1;
    encodeText(member);
    return this.search();
  }

  member(place: number): ByteString {
    return this.first(place);
  }

  all(): ByteString[] {
    return Array.from({ length: this.size }, (_, place) => this.first(place));
  }

  /** Whether it stays small with a member of this length. */
  override hasRoom(length: number): boolean {
    return this.size < FEW && length <= LONGEST;
  }

  /** Adds a member that is not there. */
  add(member: ByteString): void {
    encodeText(member);
    this.insertItem(this.size);
  }

  remove(place: number): void {
    this.removeItems(place, 1);
  }

  clone(): PackedMembers {
    return this.copyInto(new PackedMembers());
  }
}

/** Which kind of pack it is, beside the set of integers. */
export const PACKED_MEMBERS = 1;
/** As Redis 7.2 does it by default for a whole "listpack"; more take long to be searched through. */
export const FEW = 64;
const LONGEST = 64;
