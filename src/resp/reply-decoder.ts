import { Double, type Reply, ReplyError, VerbatimText } from './reply.ts';
import { ProtocolError } from './request-decoder.ts';

/**
 * Cuts a stream of bytes into reply values, RESP2 and RESP3: the client's side of the wire, for tests,
 * faults and replication. A whole reply is needed before it is handed out; a reply that comes in many
 * pieces is parsed again from its start, which is fine for the sizes met there.
 */
export class ReplyDecoder {
  private buffer = Buffer.alloc(0);
  private at = 0;

  /** Every whole reply that has arrived with this chunk. A push message (RESP3) is a `Push`. */
  push(chunk: Uint8Array): (Reply | Push)[] {
    this.buffer = this.buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.buffer, chunk]);
    const replies: (Reply | Push)[] = [];
    for (;;) {
      this.at = 0;
      const reply = this.read();
      if (reply === MORE) return replies;
      replies.push(reply);
      this.buffer = this.buffer.subarray(this.at);
    }
  }

  private read(): Reply | Push | typeof MORE {
    const end = this.buffer.indexOf('\r\n', this.at);
    if (end < 0) return MORE;
    const type = String.fromCharCode(this.buffer[this.at]!);
    const line = this.buffer.latin1Slice(this.at + 1, end);
    this.at = end + 2;
    switch (type) {
      case '+':
        return line;
      case '-':
        return new ReplyError(line);
      case ':':
        return integer(line);
      case '_':
        return null;
      case '#':
        return line === 't';
      case ',':
        return new Double(line === 'inf' ? Infinity : line === '-inf' ? -Infinity : Number(line));
      case '(':
        return BigInt(line);
      case '$':
      case '=':
      case '!':
        return this.blob(type, Number(line));
      case '*':
      case '>':
      case '~':
      case '%':
        return this.aggregate(type, Number(line));
      default:
        throw new ProtocolError(`unexpected reply type ${JSON.stringify(type)}`);
    }
  }

  private blob(type: '$' | '=' | '!', length: number): Reply | typeof MORE {
    if (length < 0) return null;
    if (this.buffer.length - this.at < length + 2) return MORE;
    const bytes = Buffer.from(this.buffer.subarray(this.at, this.at + length));
    this.at += length + 2;
    if (type === '$') return bytes;
    const text = bytes.latin1Slice();
    return type === '!' ? new ReplyError(text) : new VerbatimText(text.slice(0, 3), text.slice(4));
  }

  private aggregate(type: '*' | '>' | '~' | '%', length: number): Reply | Push | typeof MORE {
    if (length < 0) return null;
    const items: Reply[] = [];
    for (let i = type === '%' ? length * 2 : length; i > 0; i--) {
      const item = this.read();
      if (item === MORE) return MORE;
      items.push(item as Reply);
    }
    if (type === '>') return new Push(items);
    if (type === '~') return new Set(items);
    if (type === '*') return items;
    const map = new Map<Reply, Reply>();
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
    return map;
  }
}

/** Out-of-band data of RESP3: messages, invalidations. */
export class Push {
  constructor(readonly items: readonly Reply[]) {}
}

function integer(line: string): number | bigint {
  const value = Number(line);
  return Number.isSafeInteger(value) ? value : BigInt(line);
}

const MORE = Symbol('more bytes are needed');
