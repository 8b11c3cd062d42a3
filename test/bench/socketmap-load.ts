/**
 * A process of its own that plays Postfix: connections with one socketmap request in flight each. Called with
 * port, connections and milliseconds; prints the number of answers per second. Answers are checked by their
 * length, the first one of each connection by its bytes.
 */
import { connect } from 'node:net';
import { keyOf, VALUE } from './peers.js';

const [port, connections, ms] = process.argv.slice(2).map(Number) as [number, number, number];
const answer = `OK ${VALUE}`;
const expected = `${answer.length}:${answer},`;
let answers = 0;
let running = true;

function request(i: number): string {
  const text = `bench ${keyOf(i)}`;
  return `${text.length}:${text},`;
}

function converse(first: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let next = first;
    let missing = expected.length;
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.once('data', (chunk) => {
      const start = chunk.toString('latin1');
      if (!expected.startsWith(start)) reject(new Error(`unexpected answer ${JSON.stringify(start)}`));
    });
    socket.on('data', (chunk) => {
      missing -= chunk.length;
      if (missing > 0) return;
      if (missing < 0) reject(new Error('an answer is longer than it should be'));
      answers++;
      missing = expected.length;
      if (running) socket.write(request((next += connections)), 'latin1');
      else socket.destroy();
    });
    socket.write(request(next), 'latin1');
  });
}

const start = performance.now();
setTimeout(() => {
  running = false;
}, ms);
await Promise.all(Array.from({ length: connections }, (_, i) => converse(i)));
process.stdout.write(`${(answers / (performance.now() - start)) * 1000}\n`);
