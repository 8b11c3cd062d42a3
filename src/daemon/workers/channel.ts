import type { SendHandle } from 'node:child_process';
import { Socket } from 'node:net';
import { messageOf } from '../../core/errors.js';

/** The process at the other end of an IPC channel: `process` in a child, the ChildProcess in its parent. */
export interface Port {
  send?(
    message: object,
    handle: SendHandle | undefined,
    options: { readonly keepOpen: boolean },
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
}

/** Calls by their names: what is asked and what is answered, both as JSON has them. */
export type Calls = { readonly [name: string]: { readonly asked: unknown; readonly answered: unknown } };

/** Answers the calls of the other side; `socket` came with the call. */
export type Handlers<Ours extends Calls> = {
  readonly [Name in keyof Ours]: (
    asked: Ours[Name]['asked'],
    socket: Socket | undefined,
  ) => Ours[Name]['answered'] | Promise<Ours[Name]['answered']>;
};

type Message =
  | { readonly call: string; readonly number?: number; readonly asked: unknown }
  | { readonly answer: number; readonly answered: unknown }
  | { readonly answer: number; readonly failure: string };

interface Waiting {
  resolve(answered: unknown): void;
  reject(error: Error): void;
}

/** The other process has gone, or fails to do what it was asked. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

/**
 * Calls between two processes. They arrive in the order in which they are made; each answers for itself. How long one
 * may take is the caller's business; when the other process goes, every call that waits rejects with CallError.
 */
export class Channel<Ours extends Calls, Theirs extends Calls> {
  readonly #port: Port;
  readonly #handlers: Handlers<Ours>;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #ended: string | undefined;

  constructor(port: Port, handlers: Handlers<Ours>) {
    this.#port = port;
    this.#handlers = handlers;
    port.on('message', (message, handle) => {
      void this.#receive(message as Message, handle instanceof Socket ? handle : undefined);
    });
  }

  /** A socket that is sent along stays open here too, until it is destroyed. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    asked: Theirs[Name]['asked'],
    socket?: Socket,
  ): Promise<Theirs[Name]['answered']> {
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#send({ call: name, number, asked }, socket, (why) => this.#settle(number)?.reject(new CallError(why)));
    });
  }

  /** A call whose end nobody waits for. */
  tell<Name extends keyof Theirs & string>(name: Name, asked: Theirs[Name]['asked']): void {
    this.#send({ call: name, asked }, undefined, () => {});
  }

  /** The other process has gone. */
  end(why: string): void {
    this.#ended = why;
    for (const number of [...this.#waiting.keys()]) this.#settle(number)?.reject(new CallError(why));
  }

  #send(message: Message, socket: Socket | undefined, onFailure: (why: string) => void): void {
    if (this.#ended !== undefined || this.#port.send === undefined) {
      onFailure(this.#ended ?? 'there is no channel');
      return;
    }
    this.#port.send(message, socket, { keepOpen: true }, (error) => {
      if (error !== null) onFailure(error.message);
    });
  }

  async #receive(message: Message, socket: Socket | undefined): Promise<void> {
    if ('answered' in message) this.#settle(message.answer)?.resolve(message.answered);
    else if ('failure' in message) this.#settle(message.answer)?.reject(new CallError(message.failure));
    else if ('call' in message) await this.#answer(message, socket);
  }

  async #answer({ call, number, asked }: Extract<Message, { call: string }>, socket: Socket | undefined) {
    const send = (message: Message) => this.#send(message, undefined, () => {});
    try {
      const answering = this.#handlers[call]?.(asked, socket);
      // At once where it can be: what came with the call may not be touched before the answer is on its way.
      const answered = (answering instanceof Promise ? await answering : answering) ?? null;
      if (number !== undefined) send({ answer: number, answered });
    } catch (error) {
      if (number !== undefined) send({ answer: number, failure: messageOf(error) });
    }
  }

  #settle(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    return waiting;
  }
}
