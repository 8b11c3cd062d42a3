import type { RdbOutput } from './rdb-output.js';

/**
 * What is written behind a large value while that is still being written: in pieces, however much it comes to, so that
 * none of it is moved for the next, nor all of it at once to where it belongs.
 */
export class Behind {
  private readonly pieces: RdbOutput[] = [];
  /** Emptied, with their memory. */
  private readonly spare: RdbOutput[] = [];

  constructor(
    private readonly create: () => RdbOutput,
    /** Bytes of a piece: another one is begun when it has more. */
    private readonly size: number,
  ) {}

  /** Where the next key is written to. */
  get output(): RdbOutput {
    const last = this.pieces.at(-1);
    if (last !== undefined && last.length < this.size) return last;
    const next = this.spare.pop() ?? this.create();
    this.pieces.push(next);
    return next;
  }

  /** Writes the first piece to where it belongs; false when there is none left. */
  moveTo(output: RdbOutput): boolean {
    const first = this.pieces.shift();
    if (first === undefined) return false;
    output.raw(first.take());
    first.reuse();
    this.spare.push(first);
    return true;
  }
}
