/**
 * The last bytes of the replication stream, for replicas that were away for a moment. Offsets count all bytes ever
 * streamed, the first one is 1. Whole pieces go, as soon as what is left still fills the size.
 */
export class Backlog {
  private readonly pieces: Buffer[] = [];
  /** Bytes held. */
  length = 0;
  /** Of the first byte held, or the next one to come. */
  firstOffset: number;

  constructor(
    nextOffset: number,
    private readonly size: () => number,
  ) {
    this.firstOffset = nextOffset;
  }

  append(bytes: Buffer): void {
    this.pieces.push(bytes);
    this.length += bytes.length;
    this.trim();
  }

  /** Everything from the offset on; undefined when that is no longer, or not yet, here. */
  from(offset: number): Buffer[] | undefined {
    let skip = offset - this.firstOffset;
    if (skip < 0 || skip > this.length) return undefined;
    const found: Buffer[] = [];
    for (const piece of this.pieces) {
      if (skip < piece.length) found.push(piece.subarray(skip));
      skip = Math.max(0, skip - piece.length);
    }
    return found;
  }

  /** Also after the size was made smaller. */
  trim(): void {
    const size = this.size();
    let first = this.pieces[0];
    let gone = 0;
    while (first !== undefined && this.pieces.length > gone + 1 && this.length - first.length >= size) {
      this.length -= first.length;
      this.firstOffset += first.length;
      first = this.pieces[++gone];
    }
    if (gone > 0) this.pieces.splice(0, gone);
  }
}
