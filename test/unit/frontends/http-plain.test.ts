import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/testing/clock.js';
import { TestDaemon } from '../../harness/daemon.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

/** Connections that are asked lookups plainly do without Node's server, until one asks for something else. */
const CONFIG = `
[store.local]
type = "embedded"
[store.local.data]
k = "1"
"grün" = "Grüße"
[store.down]
type = "embedded"
[map.users]
store = "local"
[map.broken]
store = "down"
[server.listener.api]
protocol = "http"
bind = "127.0.0.1:0"
limits.idle-timeout = "60s"
`;

const HOST = 'Host: x\r\n';
const request = (target: string, method = 'GET') => `${method} ${target} HTTP/1.1\r\n${HOST}\r\n`;
const K = request('/lookup/users/k');
const BODY = '{"keys":["k"]}';
const POST = `POST /lookup/users HTTP/1.1\r\n${HOST}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
/** Nothing is served there, and it is no plain request. */
const OTHER = request('/other');
const OTHER_END = '"detail":"Nothing is served here"}';
const VALUE = '"value":"1"}';

let daemon: TestDaemon;
let wires: Wire[];

beforeEach(async () => {
  wires = [];
  daemon = await TestDaemon.start(CONFIG, { clock: new ManualClock() });
  daemon.store('down').failure = 'UNREACHABLE';
});

afterEach(async () => {
  for (const wire of wires) wire.close();
  await daemon.stop();
});

async function connect(): Promise<Wire> {
  const wire = await Wire.connect(daemon.address('api'));
  wires.push(wire);
  return wire;
}

/** Holds the store's answers back. */
function closeGate(): () => void {
  let open = () => {};
  daemon.store('local').gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

const asked = () => daemon.store('local').calls.filter(([operation]) => operation === 'get').length;

const withoutDate = (bytes: Buffer) => bytes.toString('latin1').replace(/Date: .*? GMT/g, 'Date: now');

describe('the answer is the same as from Node’s server', () => {
  test.each([
    ['a value', request('/lookup/users/k')],
    ['a value that is not ASCII', request('/lookup/users/gr%C3%BCn')],
    ['HEAD', request('/lookup/users/k', 'HEAD')],
    ['no such key', request('/lookup/users/nobody')],
    ['HEAD of no such key', request('/lookup/users/nobody', 'HEAD')],
    ['no such map', request('/lookup/nothing/k')],
    ['no key', request('/lookup/users')],
    ['a wrong target', request('/lookup/users/100%')],
    ['a temporary failure', request('/lookup/broken/k')],
    ['keep-alive asked for', `GET /lookup/users/k HTTP/1.1\r\n${HOST}Connection: keep-alive\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    const plain = await connect();
    const node = await connect();
    node.send(OTHER);
    await node.readUntil(OTHER_END);
    for (let i = 0; i < 2; i++) {
      const [ours, nodes] = [await answerOf(plain, bytes), await answerOf(node, bytes)];
      expect(withoutDate(ours)).toBe(withoutDate(nodes));
    }
  });

  async function answerOf(wire: Wire, bytes: string): Promise<Buffer> {
    wire.send(bytes);
    const head = await wire.readUntil('\r\n\r\n');
    return bytes.startsWith('HEAD') ? head : Buffer.concat([head, await wire.readUntil('}')]);
  }
});

describe('what is no plain request', () => {
  test.each([
    ['another method', `${POST}`, '"value":"1"}]'],
    ['another resource', OTHER, OTHER_END],
    ['HTTP/1.0', 'GET /lookup/users/k HTTP/1.0\r\n\r\n', VALUE],
    ['a connection that is to be closed', `GET /lookup/users/k HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, VALUE],
    ['a body', `GET /lookup/users/k HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nab`, VALUE],
    ['a chunked body', `GET /lookup/users/k HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, VALUE],
    ['a long head', `GET /lookup/users/k HTTP/1.1\r\n${HOST}X: ${'x'.repeat(5_000)}\r\n\r\n`, VALUE],
    ['an absolute target', `GET http://x/lookup/users/k HTTP/1.1\r\n${HOST}\r\n`, VALUE],
    ['no host', 'GET /lookup/users/k HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
  ])('is answered by Node’s server, behind what was asked before: %s', async (_, bytes, end) => {
    const wire = await connect();
    wire.send(K);
    await wire.readUntil(VALUE);
    wire.send(K + bytes);
    await wire.readUntil(VALUE);
    await wire.readUntil(end);
  });

  test('waits for the answers before it, and what is behind it too', async () => {
    const open = closeGate();
    const wire = await connect();
    wire.send(K + POST + K);
    await until(() => asked() === 1, 'the first is asked');
    wire.send(K);
    open();
    const text = (await wire.readUntil(`${VALUE}]`)).toString();
    expect(text.match(/\{"map".*?\}/g)).toHaveLength(2);
    await wire.readUntil(VALUE);
    await wire.readUntil(VALUE);
  });

  test('leaves the connection with Node’s server, byte by byte or not', async () => {
    const wire = await connect();
    for (const byte of POST + K) wire.send(byte);
    await wire.readUntil(`${VALUE}]`);
    await wire.readUntil(VALUE);
    wire.send(K + K);
    await wire.readUntil(VALUE);
    await wire.readUntil(VALUE);
  });

  test('counts as the same connection', async () => {
    const wire = await connect();
    wire.send(K + OTHER);
    await wire.readUntil(OTHER_END);
    const open = /^lookupd_connections\{listener="api"\} (\d)$/m;
    expect(open.exec(await daemon.daemon.metrics.render())?.[1]).toBe('1');
    wire.close();
    await until(async () => open.exec(await daemon.daemon.metrics.render())?.[1] === '0', 'it is gone');
  });
});

test('who has half-closed is answered', async () => {
  const open = closeGate();
  const wire = await connect();
  wire.send(K);
  wire.halfClose();
  await until(() => asked() === 1, 'it is asked');
  open();
  expect((await wire.rest()).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"value":"1"\}$/s);
});

/** Connections know that the daemon stops once those that wait for nothing are closed. */
async function stopping(): Promise<{ readonly end: Promise<void> }> {
  const idle = await connect();
  const end = daemon.stop();
  await idle.expectEnd();
  return { end };
}

test('the last answer of a daemon that stops says that the connection is closed behind it', async () => {
  const open = closeGate();
  const wire = await connect();
  wire.send(K + K);
  await until(() => asked() === 2, 'both are asked');
  const stopped = await stopping();
  open();
  const text = (await wire.rest()).toString();
  expect(text.match(/^(?:Connection|Keep-Alive): .*$/gm)).toEqual([
    'Keep-Alive: timeout=60',
    'Connection: keep-alive',
    'Connection: close',
  ]);
  expect(text.match(/"value":"1"\}/g)).toHaveLength(2);
  wire.close();
  await stopped.end;
});

test('a daemon that stops does not begin with what is no plain request', async () => {
  const open = closeGate();
  const wire = await connect();
  wire.send(K + POST);
  await until(() => asked() === 1, 'the first is asked');
  const stopped = await stopping();
  open();
  expect((await wire.rest()).toString()).toMatch(/Connection: close\r\n\r\n\{.*"value":"1"\}$/s);
  wire.close();
  await stopped.end;
});
