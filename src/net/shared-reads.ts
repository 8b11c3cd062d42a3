import { Socket } from 'node:net';
import { copyOf } from '../core/bytes.js';
import { Area } from '../resp/area.js';

/**
 * What arrives for all clients, in one buffer: each reads its commands there before the next one's bytes come. Node
 * would make a buffer of 64 KiB for every read, cut it to size and collect it again, which takes as long as a few
 * commands, and longer pauses when the collection is late.
 *
 * Node offers it for sockets that connect (`onread`), not for those that others have made, which are made anew here on
 * their handle. Where that is not possible (TLS, or a Node without it) they stay as they are.
 */
export class SharedReads {
  readonly area: Area;

  /** With room for so many bytes at a time. */
  constructor(room = ROOM) {
    this.area = Area.of(room);
  }

  /** A copy of what has come. */
  taken(length: number): Buffer {
    return copyOf(this.area.bytes, 0, length);
  }

  /**
   * The accepted socket, which waits to be read, made anew: `receive` is told how many bytes there are. Who waits for
   * the accepted one to close hears when the new one does.
   *
   * Who sends more than fits into the buffer is read on from when the others have had their turn (Node would fill it 32
   * times with what one of them has sent), unless `receive` answers `true`: it has nothing to do before more has come.
   */
  adopt(accepted: Socket, receive: (length: number) => boolean | undefined): Socket | undefined {
    const { _handle: handle } = accepted as unknown as { _handle?: ReadingHandle | null };
    if (typeof handle?.useUserBuffer !== 'function' || 'encrypted' in accepted) return undefined;
    if (accepted.readableFlowing !== false || accepted.readableLength > 0) return undefined;
    // One that came from another process reads already; what is there comes with the next turn of the event loop.
    stopReading(handle);
    (accepted as unknown as { _handle: null })._handle = null;
    const readOn = () => {
      if (!made.destroyed && !made.isPaused()) made.resume();
    };
    const callback = (length: number) => {
      if (receive(length) || length < this.area.bytes.length || made.isPaused()) return true;
      // Not `pause`: what the stream's owner does with it is something else.
      stopReading(handle);
      setImmediate(readOn);
      return true;
    };
    const options = { handle, allowHalfOpen: true, onread: { buffer: this.area.bytes, callback } };
    const made: Served = new Socket(options as object);
    takeOver(made, accepted);
    return made;
  }
}

/** Some hundred commands: as many as others may have to wait for. */
const ROOM = 32 * 1024;

/** The stream of it reads on when it is told to resume. */
function stopReading(handle: ReadingHandle): void {
  handle.readStop?.();
  handle.reading = false;
}

/** The accepted one goes at once: it takes a kilobyte and a half. Who has waited for its end waits for the other's. */
function takeOver(made: Served, accepted: Served): void {
  for (const listener of accepted.rawListeners('close')) made.on('close', listener as () => void);
  accepted.removeAllListeners('close');
  // What the server of Node counts by.
  made._server = accepted._server;
  accepted._server = null;
  accepted.destroy();
}

interface Served extends Socket {
  _server?: unknown;
}

/** Node's own object for a connection. */
interface ReadingHandle {
  readonly useUserBuffer?: (buffer: Uint8Array) => void;
  readonly readStop?: () => void;
  reading?: boolean;
}
