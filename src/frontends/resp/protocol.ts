import { EndOfRequests, type FrameDecoder, FramingError } from '../../net/framing.js';
import { Args } from '../../resp/args.js';
import type { Reply } from '../../resp/reply.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { ReplyWriter } from '../../resp/writer.js';
import { RespClient } from './client.js';

/** One command of a client: its words, the name first, and who sent it. */
export interface RespRequest {
  readonly words: readonly Buffer[];
  readonly client: RespClient;
}

/** Bytes of a command as it comes. */
const COMMAND_LIMIT = 64 * 1024 * 1024;

/** Commands as Redis reads them, of one connection. After QUIT nothing is read any more. */
export class CommandDecoder implements FrameDecoder<RespRequest> {
  readonly #client: RespClient;
  readonly #limit: number;
  readonly #decoder = new RequestDecoder({
    maxBulk: () => this.#limit,
    unauthenticated: () => this.#client.mustLogIn,
  });
  #args = new Args();
  #failure: FramingError | undefined;

  constructor(hasPassword: boolean, limit = COMMAND_LIMIT) {
    this.#limit = limit;
    this.#client = new RespClient(hasPassword);
  }

  push(chunk: Buffer): void {
    this.#decoder.push(chunk);
  }

  next(): RespRequest | null {
    if (this.#client.hasQuit) throw new EndOfRequests('the client has quit');
    if (this.#failure !== undefined) throw this.#failure;
    const before = this.#decoder.pending;
    try {
      const isWhole = this.#decoder.next(this.#args);
      const { pending } = this.#decoder;
      if ((isWhole ? before - pending : pending) > this.#limit) throw new ProtocolError('command too long');
      if (!isWhole) return null;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#failure = new FramingError(error.message);
      throw this.#failure;
    }
    const words = Array.from({ length: this.#args.count }, (_, i) => Buffer.from(this.#args.bytes(i)));
    this.#args = new Args();
    if (words[0]?.toString('latin1').toLowerCase() === 'quit') this.#client.hasQuit = true;
    return { words, client: this.#client };
  }
}

/** As it goes on the wire; RESP2 flattens what it has no type for. */
export function encodeReply(reply: Reply, protocol: 2 | 3): Buffer {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  writer.value(reply);
  return Buffer.from(writer.take());
}
