/**
 * A process of its own that plays a mail server: connections with one request in flight each. Called with the kind of
 * conversation, port, connections and milliseconds; prints the number of answers per second.
 */
import { connect, type Socket } from 'node:net';
import { descriptorOf, writeNow } from '../../../src/net/write-now.js';
import { type Asking, type Conversation, conversations } from './conversations.js';

const [kind, ...numbers] = process.argv.slice(2) as [Conversation, ...string[]];
const [port, connections, ms] = numbers.map(Number) as [number, number, number];
const { request, ends, begins, placeholder, short = false }: Asking = conversations[kind];
const first = begins.slice(0, 9);
const requests = Array.from({ length: 65_536 }, (_, i) => Buffer.from(request(i), 'latin1'));
/** What comes on all connections: an answer is looked at and done with. */
const received = Buffer.alloc(65_536);
/** Where each request has what must be its own. */
const places = placeholder === undefined ? undefined : requests.map((bytes) => bytes.indexOf(placeholder));
let mail = Math.floor(Math.random() * 2 ** 32);
let answers = 0;
let running = true;
let next = Math.floor(Math.random() * requests.length);

function converse(): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = false;
    const read = (length: number) => {
      if (!begun && received.latin1Slice(0, first.length) !== first) {
        reject(new Error(`unexpected answer ${JSON.stringify(received.toString('latin1', 0, length))}`));
      }
      begun = !ends(received, length);
      if (begun) return true;
      answers++;
      if (running && !short) ask();
      else socket.destroy();
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: received, callback: read } });
    const ask = () => send(socket, nextRequest());
    socket.on('error', reject);
    socket.on('close', () => resolve());
    ask();
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

async function keepOn(): Promise<void> {
  do await converse();
  while (running);
}

const start = performance.now();
setTimeout(() => {
  running = false;
}, ms);
await Promise.all(Array.from({ length: connections }, keepOn));
process.stdout.write(`${(answers / (performance.now() - start)) * 1000}\n`);
