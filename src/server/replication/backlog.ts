/**
 * The end of the replication stream, once for everybody: the last bytes of it, for replicas that were away for a moment,
 * and before these whatever a replica has not taken yet, however many they are. Offsets count all bytes ever streamed,
 * the first one is 1. Whole pieces go, as soon as what is left still fills the size and nobody needs them.
 */
export class Backlog {
  private pieces: Piece[] = [];
  /** Pieces at the front that are gone. */
  private gone = 0;
  /** Bytes held. */
  length = 0;
  /** Of the first byte held, or the next one to come. */
  firstOffset: number;

  constructor(
    nextOffset: number,
    private readonly size: () => number,
    /** The first offset that a replica has still to be sent. */
    private readonly needed: () => number,
  ) {
    this.firstOffset = nextOffset;
  }

  get nextOffset(): number {
    return this.firstOffset + this.length;
  }

  append(bytes: Buffer): void {
    this.pieces.push({ offset: this.nextOffset, bytes });
    this.length += bytes.length;
    this.trim();
  }

  /** Whether everything from the offset on is here, which may be nothing yet. */
  holds(offset: number): boolean {
    return offset >= this.firstOffset && offset <= this.nextOffset;
  }

  /** Bytes from the offset on, as many as are in one piece; undefined at the end. */
  at(offset: number): Buffer | undefined {
    if (offset < this.firstOffset || offset >= this.nextOffset) return undefined;
    let low = this.gone;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.pieces[low]!;
    return piece.bytes.subarray(offset - piece.offset);
  }

  /** All offsets are so many higher: the history before was longer than it seemed. */
  rebase(by: number): void {
    this.firstOffset += by;
    this.pieces = this.pieces.map(({ offset, bytes }) => ({ offset: offset + by, bytes }));
  }

  /** Also after the size was made smaller, or a replica has gone. */
  trim(): void {
    const size = this.size();
    const needed = this.needed();
    while (this.gone < this.pieces.length - 1) {
      const { length } = this.pieces[this.gone]!.bytes;
      if (this.length - length < size || this.firstOffset + length > needed) break;
      this.pieces[this.gone++] = NO_PIECE;
      this.length -= length;
      this.firstOffset += length;
    }
    if (this.gone * 2 < this.pieces.length) return;
    this.pieces.splice(0, this.gone);
    this.gone = 0;
  }
}

interface Piece {
  /** Of its first byte. */
  readonly offset: number;
  readonly bytes: Buffer;
}

const NO_PIECE: Piece = { offset: 0, bytes: Buffer.alloc(0) };

/** What a backlog can let go of in small steps: copies, of up to `most` bytes each. */
export function* inPieces(blocks: readonly Buffer[], most: number): Generator<Buffer> {
  for (const block of blocks) {
    for (let at = 0; at < block.length; at += most) yield Buffer.from(block.subarray(at, at + most));
  }
}
