/**
 * A socketmap that sends each lookup through ioredis's autopipelining. Called with the port of a Redis, and the path of a unix
 * socket, if not TCP.
 */
import { type AddressInfo, createServer } from 'node:net';
import { NetstringDecoder } from '../../../../src/net/netstring.js';
import { ioredis } from '../../peers.js';

const redis = ioredis(Number(process.argv[2]), true);

const server = createServer({ noDelay: true }, (socket) => {
  const decoder = new NetstringDecoder();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    decoder.push(chunk);
    for (let request = decoder.next(); request !== null; request = decoder.next()) {
      const text = request.toString();
      void redis.get(text.slice(text.indexOf(' ') + 1)).then((value) => {
        const answer = value === null ? 'NOTFOUND ' : `OK ${value}`;
        socket.write(`${Buffer.byteLength(answer)}:${answer},`);
      });
    }
  });
});
const [, , , unixSocket] = process.argv;
const say = (where: string | number) => process.stdout.write(`${where}\n`);
if (unixSocket === undefined) server.listen(0, '127.0.0.1', () => say((server.address() as AddressInfo).port));
else server.listen(unixSocket, () => say(unixSocket));
