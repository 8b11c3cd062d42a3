/**
 * A piece of memory: byte by byte, and by words of four bytes that may start anywhere. Both show the same bytes.
 */
export class Area {
  readonly view: DataView;

  constructor(readonly bytes: Buffer) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  static of(size: number): Area {
    return new Area(Buffer.allocUnsafeSlow(size));
  }
}

export const EMPTY_AREA = new Area(Buffer.alloc(0));

/**
 * Copies bytes between areas, by words where they are few: what a typed array asks before it copies takes longer than
 * copying a hundred bytes, and the object made to name a part of the source has to be collected. Not for parts of one
 * area that overlap.
 */
export function copyPart(from: Area, start: number, to: Area, at: number, length: number): void {
  if (length > FEW) {
    to.bytes.set(from.bytes.subarray(start, start + length), at);
    return;
  }
  const source = from.view;
  const target = to.view;
  let done = 0;
  for (const end = length & ~15; done < end; done += 16) {
    target.setInt32(at + done, source.getInt32(start + done, true), true);
    target.setInt32(at + done + 4, source.getInt32(start + done + 4, true), true);
    target.setInt32(at + done + 8, source.getInt32(start + done + 8, true), true);
    target.setInt32(at + done + 12, source.getInt32(start + done + 12, true), true);
  }
  for (const end = length & ~3; done < end; done += 4) {
    target.setInt32(at + done, source.getInt32(start + done, true), true);
  }
  for (; done < length; done++) target.setUint8(at + done, source.getUint8(start + done));
}

/** Whether two areas hold the same bytes at these places. */
export function isSamePart(one: Area, start: number, other: Area, at: number, length: number): boolean {
  const left = one.view;
  const right = other.view;
  let seen = 0;
  for (const end = length & ~3; seen < end; seen += 4) {
    if (left.getInt32(start + seen, true) !== right.getInt32(at + seen, true)) return false;
  }
  for (; seen < length; seen++) if (left.getUint8(start + seen) !== right.getUint8(at + seen)) return false;
  return true;
}

const FEW = 256;
