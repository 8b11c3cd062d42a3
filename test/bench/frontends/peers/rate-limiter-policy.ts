/**
 * rate-limiter-flexible behind Postfix's policy protocol: one consume per request. Called with the port of a Redis and the
 * attributes that make its key.
 */
import { type AddressInfo, createServer } from 'node:net';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { ioredis } from '../../peers.js';

const [port, ...attributes] = process.argv.slice(2);
const limiter = new RateLimiterRedis({
  storeClient: ioredis(Number(port), false),
  points: 1_000_000_000,
  duration: 3600,
});

const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.on('error', () => socket.destroy());
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    for (let end = received.indexOf('\n\n'); end !== -1; end = received.indexOf('\n\n')) {
      const lines = received.slice(0, end).split('\n');
      received = received.slice(end + 2);
      const given = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
      limiter.consume(attributes.map((name) => given.get(name)).join(' ')).then(
        () => socket.write('action=DUNNO\n\n'),
        () => socket.write('action=DEFER_IF_PERMIT 4.7.1 Too many\n\n'),
      );
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
