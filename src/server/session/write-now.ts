import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Gives bytes to the system without the stream, which takes longer than the system does; answers how many it took. The
 * rest, and whatever is wrong with the connection, is for the stream, which is passed over only while it has nothing
 * to send itself and bytes are what they seem (no TLS). `descriptor` is -1 where the system has none.
 */
export function writeNow(stream: Socket, descriptor: number, bytes: Buffer): number {
  if (descriptor < 0 || !stream.writable || stream.writableLength > 0 || 'encrypted' in stream) return 0;
  try {
    return writeSync(descriptor, bytes, 0, bytes.length);
  } catch {
    // EAGAIN, mostly: the client has not read what it got before.
    return 0;
  }
}
