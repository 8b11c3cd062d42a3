import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Reply, ReplyError } from '../../src/resp/reply.js';
import { ReplyDecoder } from '../../src/resp/reply-decoder.js';

/** One connection that sends batches of commands and waits for each batch's replies. */
export class Pipeline {
  readonly #decoder = new ReplyDecoder();
  readonly #replies: Reply[] = [];
  #wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      for (const reply of this.#decoder.push(chunk)) this.#replies.push(reply as Reply);
      this.#wake();
    });
    socket.on('error', (error) => socket.destroy(error));
  }

  static async connect(port: number): Promise<Pipeline> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Pipeline(socket);
  }

  /** Runs `count` commands, `batch` at a time; an error reply fails it. */
  async run(count: number, batch: number, command: (i: number) => readonly string[]): Promise<void> {
    for (let start = 0; start < count; start += batch) {
      const length = Math.min(batch, count - start);
      let text = '';
      for (let i = start; i < start + length; i++) text += encode(command(i));
      for (const reply of await this.#send(text, length)) if (reply instanceof ReplyError) throw reply;
    }
  }

  async ask(command: readonly string[]): Promise<Reply> {
    const [reply] = await this.#send(encode(command), 1);
    if (reply instanceof ReplyError) throw reply;
    return reply ?? null;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #send(text: string, count: number): Promise<Reply[]> {
    this.socket.write(text, 'latin1');
    while (this.#replies.length < count) {
      if (this.socket.destroyed) throw new Error('the connection ended');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#replies.splice(0, count);
  }
}

/** Words of ASCII. */
function encode(words: readonly string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}
