import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PlainRequest, PlainRequestDecoder } from '../../src/frontends/http/plain-request.js';
import { FramingError, OtherProtocol } from '../../src/net/framing.js';

/**
 * What the decoder takes for a plain request is what Node's server reads there, and where one ends the next begins:
 * whoever is between a client and us cannot be made to see other requests than we do.
 */
interface Read {
  readonly requests: PlainRequest[];
  /** What is left for Node's server. */
  readonly rest: Buffer;
}

function decode(bytes: Buffer): Read {
  const decoder = new PlainRequestDecoder();
  const requests: PlainRequest[] = [];
  decoder.push(bytes);
  try {
    for (let request = decoder.next(); request !== null; request = decoder.next()) requests.push(request);
    return { requests, rest: Buffer.alloc(0) };
  } catch (error) {
    if (!(error instanceof OtherProtocol)) throw error;
    return { requests, rest: error.rest };
  }
}

interface Understood {
  readonly requests: IncomingMessage[];
  readonly refused: boolean;
}

/** What Node's server reads in the same bytes. */
async function understoodByNode(bytes: Buffer): Promise<Understood> {
  const requests: IncomingMessage[] = [];
  let refused = false;
  const server = createServer((request, response) => {
    requests.push(request);
    response.end();
  });
  server.keepAliveTimeout = 0;
  server.on('clientError', () => {
    refused = true;
  });
  server.on('checkContinue', (request: IncomingMessage) => requests.push(request));
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  server.emit('connection', stream);
  stream.push(bytes);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  return { requests, refused };
}

/** Mostly what is right, so that most requests have one flaw at most. */
const often = (right: readonly string[], wrong: readonly string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...right) }, fc.constantFrom(...wrong));

const target = fc.oneof(
  fc.constantFrom('/lookup/users/a@b.test', '/lookup/users?key=x', '/lookup/', '/lookup/m/%zz', '/', '/lookup', '*'),
  fc.string({ maxLength: 12 }).map((text) => `/lookup/m/${text}`),
  fc.webPath().map((path) => `/lookup/m${path}`),
);
const header = fc.oneof(
  fc.constantFrom(
    'Host: x',
    'host:y',
    'Accept: */*',
    'Connection: keep-alive',
    'Connection: close',
    'connection: Keep-Alive, x',
    'Content-Length: 0',
    'Content-Length: 5',
    'content-length : 5',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding : chunked',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'Proxy-Connection: close',
    ' folded: x',
    'X\t: y',
    'X: \x00',
    'X: \u00ff',
    'Trailer: x',
    'Keep-Alive: timeout=1',
  ),
  fc.tuple(fc.string({ minLength: 1, maxLength: 5 }), fc.string({ maxLength: 8 })).map((pair) => pair.join(':')),
);
const lineEnd = fc.oneof({ weight: 60, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\r\r\n', ''));
const request = fc
  .record({
    method: often(['GET', 'HEAD'], ['POST', 'get', 'GETX']),
    space: fc.oneof({ weight: 30, arbitrary: fc.constant(' ') }, fc.constantFrom('  ', '\t', '')),
    target,
    version: often(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ']),
    headers: fc.array(header, { maxLength: 2 }),
    ends: fc.infiniteStream(lineEnd),
    body: often([''], ['hello', '0\r\n\r\n', '\r\n']),
  })
  .map(({ method, space, target: to, version, headers, ends, body }) => {
    const lines = [`${method}${space}${to} ${version}`, 'Host: x', ...headers, ''];
    return `${lines.map((line) => `${line}${ends.next().value as string}`).join('')}${body}`;
  });

test('what is taken for plain requests, Node’s server understands in the same way', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const bytes = Buffer.from(requests.join(''), 'latin1');
      const { requests: plain, rest } = decode(bytes);
      taken += plain.length;
      const same = bytes.subarray(0, bytes.length - rest.length);
      const node = await understoodByNode(same);
      expect(node.refused).toBe(false);
      expect(node.requests.map(({ method, url }) => [method, url])).toEqual(
        plain.map(({ target: to, isHead }) => [isHead ? 'HEAD' : 'GET', to]),
      );
      for (const { httpVersion, headers, complete } of node.requests) {
        expect([httpVersion, complete]).toEqual(['1.1', true]);
        for (const name of ['content-length', 'transfer-encoding', 'expect', 'upgrade', 'proxy-connection']) {
          expect(headers).not.toHaveProperty(name);
        }
        expect(headers['connection'] ?? 'keep-alive').toMatch(/^keep-alive(?:, keep-alive)*$/i);
      }
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(100);
});

test('any bytes are plain requests or are left to Node’s server, from the first on that is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(request, { maxLength: 2 }), (garbage, requests) => {
      const bytes = Buffer.concat([Buffer.from(requests.join(''), 'latin1'), garbage]);
      const { rest } = decode(bytes);
      expect(bytes.subarray(bytes.length - rest.length).equals(rest)).toBe(true);
    }),
  );
});

test('once there is something else, it stays so', () => {
  const decoder = new PlainRequestDecoder();
  decoder.push(Buffer.from('POST /lookup/m HTTP/1.1\r\n'));
  for (let i = 0; i < 2; i++) expect(() => decoder.next()).toThrow(FramingError);
});
