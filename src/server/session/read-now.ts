import { readSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Reads what has come for a socket without the event loop, which reads on where this has stopped. Nothing is lost or
 * passes anything else: only where all bytes read so far have been handed on, and where bytes are what they seem
 * (no TLS). The end of the stream, errors among it, is seen again by the event loop.
 */
export function readNow(stream: Socket, descriptor: number): Buffer | 'end' | undefined {
  if (descriptor < 0 || stream.destroyed) return undefined;
  if (stream.isPaused() || stream.readableLength > 0) return undefined;
  try {
    const length = readSync(descriptor, room, 0, room.length, null);
    return length === 0 ? 'end' : Buffer.from(room.subarray(0, length));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? undefined : 'end';
  }
}

const room = Buffer.allocUnsafeSlow(64 * 1024);
