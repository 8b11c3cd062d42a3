import { connect, type Socket } from 'node:net';
import { type Outcome, temporary } from '../../core/outcome.js';
import { type Address, formatAddress } from '../../net/address.js';
import type { FrameDecoder } from '../../net/framing.js';

/** How long the daemon may take for one answer: longer than its own deadline by far. */
export const ANSWER_TIMEOUT = 10_000;

/** A protocol with one reply per request, as a mail server speaks it. */
export interface AskingProtocol {
  createDecoder(): FrameDecoder;
  request(key: Buffer): Buffer;
  /** Throws on what is no reply. */
  outcome(reply: Buffer): Outcome;
}

/** Asks for one key after the other on one connection. Never rejects: what goes wrong is a temporary outcome. */
export async function askInTurn(
  address: Address,
  keys: readonly Buffer[],
  protocol: AskingProtocol,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const socket = connect('path' in address ? { path: address.path } : { host: address.host, port: address.port });
  try {
    const replies = framesOf(socket, protocol.createDecoder());
    for (const key of keys) {
      socket.write(protocol.request(key));
      outcomes.push(protocol.outcome(await within(socket, replies)));
    }
  } catch (error) {
    const failure = unanswered(address, error);
    while (outcomes.length < keys.length) outcomes.push(failure);
  } finally {
    socket.destroy();
  }
  return outcomes;
}

export function unanswered(address: Address, error: unknown): Outcome {
  return temporary(whyUnanswered(formatAddress(address), error));
}

/** Says what a person can do about it. */
export function whyUnanswered(where: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const nobody = code === 'ECONNREFUSED' || code === 'ENOENT';
  return `no answer from ${where}: ${nobody ? 'nobody listens there; is the daemon running?' : message}`;
}

async function* framesOf(socket: Socket, decoder: FrameDecoder): AsyncGenerator<Buffer, undefined> {
  for await (const chunk of socket) {
    decoder.push(chunk as Buffer);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) yield frame;
  }
  return undefined;
}

async function within(socket: Socket, replies: AsyncGenerator<Buffer, undefined>): Promise<Buffer> {
  const tooLate = () => socket.destroy(new Error(`it took longer than ${ANSWER_TIMEOUT / 1_000} s`));
  const timer = setTimeout(tooLate, ANSWER_TIMEOUT);
  try {
    const { value } = await replies.next();
    if (value === undefined) throw new Error('it closed the connection');
    return value;
  } finally {
    clearTimeout(timer);
  }
}
