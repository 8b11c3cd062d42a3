import { HEAD_LENGTH } from './messages.js';

/** What comes on a link of the bus is not of it, or longer than anything that may be sent there. */
export class BusError extends Error {
  override readonly name = 'BusError';
}

/** Cuts what comes on a link of the cluster bus into messages: each says at its start how long it is. */
export class BusFrames {
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly longest: () => number) {}

  /** Throws BusError. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length >= START) this.frameLength();
  }

  /** A whole message, if there is one. Throws BusError where what follows is none. */
  next(): Buffer | undefined {
    if (this.length < START) return undefined;
    const length = this.frameLength();
    if (this.length < length) return undefined;
    const all = this.joined();
    this.length -= length;
    this.chunks = this.length === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }

  private frameLength(): number {
    const first = this.chunks[0]!;
    const start = first.length >= START ? first : this.joined();
    const length = start.readUInt32BE(4);
    if (start.latin1Slice(0, 4) !== 'RCmb' || length < HEAD_LENGTH) throw new BusError('not a message of the bus');
    if (length > this.longest()) throw new BusError(`a message of ${length} bytes`);
    return length;
  }

  private joined(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0]!;
  }
}

/** Signature and length. */
const START = 8;
