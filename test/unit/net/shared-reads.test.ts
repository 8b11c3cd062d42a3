import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { SharedReads } from '../../../src/net/shared-reads.js';

it('a socket made anew stands in the accepted one’s place, which goes at once', async () => {
  const reads = new SharedReads();
  const heard: string[] = [];
  let accepted!: Socket;
  let made!: Socket;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    accepted = socket;
    socket.once('close', () => heard.push('closed'));
    made = reads.adopt(socket, (length) => heard.push(reads.taken(length).toString()))!;
    made.resume();
    made.write('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [greeting] = (await once(client, 'data')) as [Buffer];
  expect(greeting.toString()).toBe('hello');
  client.write('question');
  await expect.poll(() => heard).toEqual(['question']);
  expect(accepted.destroyed).toBe(true);
  // Node's server counts the one that is left.
  const served = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(served).toBe(1);
  const closed = new Promise((resolve) => server.close(resolve));
  made.destroy();
  await closed;
  await expect.poll(() => heard).toEqual(['question', 'closed']);
  client.destroy();
});
