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
    made = reads.adopt(socket, (length) => void heard.push(reads.taken(length).toString()))!;
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

it('who has sent much is read on from when others have had their turn', async () => {
  const reads = new SharedReads();
  const sizes = { l: 2 ** 20, s: 1 };
  /** Whose bytes came, in order. */
  const came: string[] = [];
  const sockets: Socket[] = [];
  let missing = sizes.l + sizes.s;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const made = reads.adopt(socket, (length) => {
      came.push(String.fromCharCode(reads.area.bytes[0]!));
      missing -= length;
      return false;
    })!;
    sockets.push(made);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = Object.entries(sizes).map(([name, size]) => {
    const client = connect(port, '127.0.0.1');
    client.write(Buffer.alloc(size, name));
    return client;
  });
  // Until the system has taken it: nobody reads yet.
  await expect.poll(() => sockets.length === 2 && clients.every((client) => client.writableLength === 0)).toBe(true);
  for (const socket of sockets) socket.resume();
  await expect.poll(() => missing).toBe(0);
  expect(came.join('')).toMatch(/^l{0,3}sl{20,}$/);
  for (const socket of [...clients, ...sockets]) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
