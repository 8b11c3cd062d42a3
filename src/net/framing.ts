/**
 * Cuts a stream of bytes into requests. A decoder is pulled, so that a connection with too many requests
 * under way simply stops asking and leaves the rest unread.
 *
 * Frames are views of the received chunks, valid as long as they are held; whoever keeps one for long
 * copies it, since it holds its whole chunk in memory.
 */
export interface FrameDecoder<Frame = Buffer> {
  push(chunk: Buffer): void;
  /** Takes the first `length` bytes until `keep`: for a decoder whose frames do not show what they were read from. */
  lend?(bytes: Buffer, length: number): void;
  /** What was lent is not there any more. */
  keep?(): void;
  /** The next whole frame, or null when more bytes are needed. Throws FramingError, and does so for ever after. */
  next(): Frame | null;
}

/** Bytes that cannot become a frame: the connection is of no use any more. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** From `rest` on another protocol is spoken: the connection is given to it after the answers before. */
export class OtherProtocol extends FramingError {
  constructor(readonly rest: Buffer) {
    super('another protocol');
  }
}

/** There will be no more requests, and nothing is wrong about it: the connection ends after the answers before. */
export class EndOfRequests extends FramingError {}
