import { readSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Reads what has come for a socket without the event loop, which reads on where this has stopped. Nothing is lost or
 * passes anything else: only where all bytes read so far have been handed on, and where bytes are what they seem
 * (no TLS). The end of the stream and most errors are seen again by the event loop, which then deals with them.
 */
export function readNow(stream: Socket, descriptor: number): Buffer | undefined {
  if (descriptor < 0 || 'encrypted' in stream || stream.destroyed) return undefined;
  if (stream.isPaused() || stream.readableLength > 0) return undefined;
  try {
    const length = readSync(descriptor, room, 0, room.length, null);
    return length === 0 ? undefined : Buffer.from(room.subarray(0, length));
  } catch {
    // EAGAIN, mostly: nothing has come.
    return undefined;
  }
}

const room = Buffer.allocUnsafeSlow(64 * 1024);
