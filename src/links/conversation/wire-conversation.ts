import type { Socket } from 'node:net';
import type { Reply } from '../../resp/reply.js';
import { ReplyDecoder } from '../../resp/reply-decoder.js';
import { type Command, LinkError } from '../link.js';
import { CommandWriter } from '../wire/command-writer.js';
import { dial } from '../wire/dial.js';
import type { LinkContext, Target } from '../wire/target.js';
import { lateConnection, within } from '../wire/within.js';
import { type Conversation, type ConversationEvents, Turns } from './conversation.js';

/** Connects to a server for one caller alone. Rejects with a LinkError. */
export async function converse(
  target: Target,
  events: ConversationEvents,
  deadline: number,
  { clock }: LinkContext,
): Promise<Conversation> {
  const dialling = dial(target);
  const late = () => {
    dialling.cancel();
    throw lateConnection({ name: target.name, hintWhenLate: dialling.hintWhenLate() });
  };
  return new WireConversation(target.name, await within(dialling.socket, deadline, clock, late), events);
}

/** On a connection that stands. */
export class WireConversation implements Conversation {
  readonly #writer = new CommandWriter();
  readonly #decoder = new ReplyDecoder();
  readonly #turns: Turns;
  #ended = false;

  constructor(
    private readonly node: string,
    private readonly socket: Socket,
    private readonly events: ConversationEvents,
  ) {
    this.#turns = new Turns((reply) => events.told(reply));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.once('end', () => this.#lost('the server closed the connection'));
    socket.on('error', (error) => this.#lost(`connection lost: ${error.message}`));
    socket.once('close', () => this.#lost('connection closed'));
  }

  get subscriptions(): number {
    return this.#turns.subscriptions;
  }

  ask(command: Command): Promise<Reply> {
    if (this.#ended) return Promise.reject(this.#error('the connection is closed', false));
    this.#writer.add([command]);
    const reply = this.#turns.wait(command);
    this.socket.write(Buffer.from(this.#writer.take()));
    return reply;
  }

  close(): void {
    this.#end('the connection was closed');
  }

  #receive(chunk: Buffer): void {
    try {
      for (const reply of this.#decoder.push(chunk)) this.#turns.accept(reply);
    } catch (error) {
      this.#lost(`the server does not speak RESP: ${(error as Error).message}`);
    }
  }

  #lost(why: string): void {
    if (this.#ended) return;
    this.#end(why);
    this.events.lost(why);
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.socket.destroy();
    this.#turns.fail(this.#error(why, true));
  }

  #error(why: string, maybeExecuted: boolean): LinkError {
    return new LinkError('connection', `${this.node}: ${why}`, { node: this.node, maybeExecuted });
  }
}
