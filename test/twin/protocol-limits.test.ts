import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';

/** Bytes at the edge of what the protocol allows, before and after AUTH: the same answers, and the same ends. */
const PASSWORD = 'secret';
const AUTH = `AUTH ${PASSWORD}\r\n`;
const KIB_64 = 64 * 1024;
/** Told by both once everything before was taken. */
const PING = '*1\r\n$4\r\nPING\r\n';

const CASES: Readonly<Record<string, string>> = {
  'as many arguments as there may be': '*2147483647\r\n$x\r\n',
  'more than that': '*2147483648\r\n$x\r\n',
  'many arguments': '*1073741825\r\n$x\r\n',
  'a negative count': `*-5\r\n${PING}`,
  'a count that is no number': '*1x\r\n',
  'a count with a sign': '*+1\r\n',
  'a count without digits': '*\r\n',
  'the longest argument': '*1\r\n$536870912\r\n',
  'a longer one': '*1\r\n$536870913\r\n',
  'a length that is no number': '*1\r\n$1x\r\n',
  'a length with a zero before it': `*1\r\n$04\r\nPING\r\n`,
  'no length': '*1\r\n$\r\n',
  'no dollar': '*1\r\n:4\r\n',
  'a count that does not end': `*${'1'.repeat(KIB_64 + 10)}`,
  'a length that does not end': `*1\r\n$${'1'.repeat(KIB_64 + 10)}`,
  'a line that does not end': 'x'.repeat(KIB_64 + 10),
  'a long line': `PING ${'x'.repeat(60_000)}\r\n`,
  'an argument with other ends than CRLF': '*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n',
  'a line that ends in LF': 'PING\nPING\r\n',
  'empty lines': `\r\n\r\n\n${PING}`,
  'an array without anything': `*0\r\n${PING}`,
  'eleven arguments': `*11\r\n${'$1\r\na\r\n'.repeat(11)}`,
  'ten arguments': `*10\r\n${'$1\r\na\r\n'.repeat(10)}`,
  'an argument of 16 KiB': `*2\r\n$4\r\nPING\r\n$16384\r\n${'x'.repeat(16_384)}\r\n`,
  'an argument that is longer': `*2\r\n$4\r\nPING\r\n$16385\r\n${'x'.repeat(16_385)}\r\n`,
};

describe.skipIf(!requireProgram('redis'))('the limits of the protocol, as real Redis', () => {
  let real: RedisServer;
  let ours: Server;
  let port = 0;

  beforeAll(async () => {
    real = await startRedis({ password: PASSWORD });
    ours = new Server({ directives: { requirepass: PASSWORD } });
    ({ port = 0 } = await ours.listen({ port: 0 }));
  });
  afterAll(async () => {
    await ours.close();
    await real.stop();
  });

  for (const [when, before] of [
    ['before AUTH', ''],
    ['after AUTH', AUTH],
  ] as const) {
    it.each(Object.entries(CASES))(`%s, ${when}`, async (_, bytes) => {
      const [expected, actual] = await Promise.all([real.port, port].map((at) => answer(at, before, bytes)));
      expect(actual).toBe(expected);
    });
  }
});

/** All that comes until the end: of the server's own accord, or behind ours. */
async function answer(port: number, before: string, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  // Not `once`, which takes the reset of a server that has not read everything for a failure.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.write(before + bytes);
  // What is half a request only is waited for in vain: a whole one on another connection tells that it was read.
  const witness = connect({ port, host: '127.0.0.1' });
  for (let i = 0; i < 2; i++) {
    witness.write('PING\r\n');
    await once(witness, 'data');
  }
  witness.destroy();
  socket.end();
  await closed;
  return received;
}
