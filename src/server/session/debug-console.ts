import { readSync } from 'node:fs';
import { standStill } from '../../core/stand-still.js';
import { Args, type ByteString } from '../../resp/args.js';
import { RequestDecoder } from '../../resp/request-decoder.js';
import type { DebugConsole } from '../scripting/debugger/console.js';
import type { PeerSocket } from './session.js';

/**
 * The client that debugs a script. The event loop stands still all the while, so its socket is read and written
 * directly, and between two looks `idle` lets others be heard; false from it ends the conversation.
 */
export class SocketConsole implements DebugConsole {
  private readonly decoder = new RequestDecoder({ maxBulk: () => LONGEST_WORD });
  private readonly args = new Args();

  constructor(
    private readonly socket: PeerSocket,
    private readonly idle: () => boolean,
  ) {}

  send(lines: readonly ByteString[]): void {
    const told = lines.map((line) => `+${line.replace(/[\r\n]/g, ' ')}\r\n`);
    this.socket.write(Buffer.from(`*${lines.length}\r\n${told.join('')}`, 'latin1'));
  }

  read(): readonly ByteString[] | undefined {
    while (!this.decoder.next(this.args)) {
      const chunk = this.receive();
      if (chunk === undefined) return undefined;
      this.decoder.push(chunk);
    }
    return this.args.texts(0);
  }

  private receive(): Buffer | undefined {
    const room = Buffer.allocUnsafe(ROOM);
    do {
      try {
        const length = readSync(this.socket.descriptor, room, 0, ROOM, null);
        return length === 0 ? undefined : room.subarray(0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return undefined;
      }
      standStill(PAUSE);
    } while (this.idle());
    return undefined;
  }
}

const LONGEST_WORD = 1024 * 1024;
const ROOM = 4096;
/** Milliseconds. */
const PAUSE = 2;
