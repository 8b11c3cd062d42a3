/**
 * A process of its own that plays a mail server: connections with one request in flight each. Called with the kind of
 * conversation; for each message with a place, a number of connections and milliseconds it answers how many answers a second
 * came. It goes on from one to the next, so that it is compiled when they count.
 */
import { connect, type Socket } from 'node:net';
import { descriptorOf, writeNow } from '../../../src/net/write-now.js';
import { type Asking, type Conversation, conversations } from './conversations.js';
import type { Place } from './processes.js';

export interface LoadRun {
  readonly at: Place;
  readonly connections: number;
  readonly ms: number;
}

const { request, ends, begins, placeholder, short = false }: Asking = conversations[process.argv[2] as Conversation];
const first = begins.slice(0, 9);
const requests = Array.from({ length: 65_536 }, (_, i) => Buffer.from(request(i), 'latin1'));
/** What comes on all connections: an answer is looked at and done with. */
const received = Buffer.alloc(65_536);
/** Where each request has what must be its own. */
const places = placeholder === undefined ? undefined : requests.map((bytes) => bytes.indexOf(placeholder));
let mail = Math.floor(Math.random() * 2 ** 32);
let answers = 0;
let running = false;
let next = Math.floor(Math.random() * requests.length);

/** A connection and what sends the next request on it; `ended` resolves when it has got its last answer. */
interface Conversing {
  readonly ask: () => void;
  readonly ended: Promise<void>;
}

/** An error is for nobody to hear: it ends the process, and the measurement. */
function converse(at: Place): Promise<Conversing> {
  return new Promise((resolve) => {
    let begun = false;
    const read = (length: number) => {
      if (!begun && received.latin1Slice(0, first.length) !== first) {
        throw new Error(`unexpected answer ${JSON.stringify(received.toString('latin1', 0, length))}`);
      }
      begun = !ends(received, length);
      if (begun) return true;
      answers++;
      if (running && !short) ask();
      else socket.destroy();
      return true;
    };
    const socket = connect({ ...at, noDelay: true, onread: { buffer: received, callback: read } });
    const ask = () => send(socket, nextRequest());
    const ended = new Promise<void>((end) => socket.on('close', () => end()));
    socket.on('connect', () => resolve({ ask, ended }));
  });
}

function nextRequest(): Buffer {
  const i = next++ % requests.length;
  const bytes = requests[i]!;
  if (places !== undefined) bytes.latin1Write((mail++ >>> 0).toString(16).padStart(8, '0'), places[i]);
  return bytes;
}

/** Past the stream, so that the load takes as little of the machine as it can. */
function send(socket: Socket, bytes: Buffer): void {
  const sent = writeNow(socket, socket.connecting ? -1 : descriptorOf(socket), bytes);
  if (sent < bytes.length) socket.write(bytes.subarray(sent));
}

/** One after the other, each for one request. */
async function keepConnecting(at: Place): Promise<void> {
  do {
    const { ask, ended } = await converse(at);
    ask();
    await ended;
  } while (running);
}

/** All at once, when all are there. */
async function keepAsking({ at, connections, ms }: LoadRun): Promise<number> {
  const all = await Promise.all(Array.from({ length: connections }, () => converse(at)));
  const started = begin(ms);
  for (const { ask } of all) ask();
  await Promise.all(all.map(({ ended }) => ended));
  return started;
}

function begin(ms: number): number {
  running = true;
  setTimeout(() => {
    running = false;
  }, ms);
  return performance.now();
}

process.on('message', async (run: LoadRun) => {
  answers = 0;
  let started: number;
  if (short) {
    started = begin(run.ms);
    await Promise.all(Array.from({ length: run.connections }, () => keepConnecting(run.at)));
  } else started = await keepAsking(run);
  process.send!((answers / (performance.now() - started)) * 1000);
});
