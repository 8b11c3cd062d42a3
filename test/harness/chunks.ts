import { type FrameDecoder, FramingError } from '../../src/net/framing.js';
import type { NetstringDecoder } from '../../src/net/netstring.js';

/** The stream cut at the given places, in any order and modulo its length. */
export function chunksOf(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, i) => stream.subarray(places[i], end));
}

/** Feeds one chunk and takes every frame that is whole then. */
export function drain<Frame = Buffer>(decoder: FrameDecoder<Frame>, chunk: Buffer): Frame[] {
  const frames: Frame[] = [];
  decoder.push(chunk);
  for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
  return frames;
}

/** The frames of all chunks up to the first FramingError, and whether there was one. */
export function drainAll<Frame>(decoder: FrameDecoder<Frame>, chunks: readonly Buffer[]) {
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
    }
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    return { frames, failed: true };
  }
  return { frames, failed: false };
}

/** What `drain` does, with bytes that are only lent: something else stands there before the frames after the first `taken` are read. */
export function drainLent<Frame>(decoder: NetstringDecoder<Frame>, chunk: Buffer, taken: number): Frame[] {
  const lent = Buffer.concat([chunk, Buffer.from('9:what was,')]);
  const frames: Frame[] = [];
  const take = (most: number) => {
    for (let i = 0; i < most; i++) {
      const frame = decoder.next();
      if (frame === null) return;
      frames.push(frame);
    }
  };
  decoder.lend(lent, chunk.length);
  take(taken);
  decoder.keep();
  lent.fill('#');
  take(Infinity);
  return frames;
}
