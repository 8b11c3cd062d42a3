import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Gives bytes to the system without the stream, which takes longer than the system does; answers how many it took. The
 * rest, and whatever is wrong with the connection, is for the stream, which is passed over only while it has nothing
 * to send itself. `descriptor` is the stream's, or -1 where it has none to be used (`descriptorOf`).
 */
export function writeNow(stream: Socket, descriptor: number, bytes: Buffer): number {
  if (descriptor < 0 || !stream.writable || stream.writableLength > 0) return 0;
  try {
    return writeSync(descriptor, bytes, 0, bytes.length);
  } catch {
    // EAGAIN, mostly: the client has not read what it got before.
    return 0;
  }
}

/** What the system knows a connection by; -1 where it has no such thing, or where bytes are not what they seem (TLS). */
export function descriptorOf(stream: Socket): number {
  if ('encrypted' in stream) return -1;
  return (stream as unknown as { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
}
