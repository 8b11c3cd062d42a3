import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/testing/clock.js';
import { TestDaemon } from '../../harness/daemon.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

const CONFIG = `
[store.local]
type = "embedded"
[store.local.data]
k = "1"
[map.users]
store = "local"
[server.listener.api]
protocol = "http"
bind = "127.0.0.1:0"
limits.idle-timeout = "60s"
`;

const REQUEST = 'GET /lookup/users/k HTTP/1.1\r\nHost: x\r\n\r\n';

let clock: ManualClock;
let daemon: TestDaemon;
let wire: Wire;

beforeEach(async () => {
  clock = new ManualClock();
  daemon = await TestDaemon.start(CONFIG, { clock });
  wire = await Wire.connect(daemon.address('api'));
});

afterEach(async () => {
  wire.close();
  await daemon.stop();
});

/** Holds the store's answers back. */
function closeGate(): () => void {
  let open = () => {};
  daemon.store('local').gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

const asked = () => daemon.store('local').calls.some(([operation]) => operation === 'get');

describe('a peer that keeps us waiting is closed after the idle timeout', () => {
  test.each([
    ['silent from the start', ''],
    ['headers that never end', 'GET /lookup/users/k HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['a body that never ends', 'POST /lookup/users HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"keys"'],
  ])('%s', async (_, bytes) => {
    wire.send(bytes);
    // The request is on its way; a byte now and then does not help it.
    await until(() => clock.pending > 0, 'the connection is watched');
    clock.advance(45_000);
    wire.send(' ');
    clock.advance(45_000);
    await wire.rest();
    expect(await daemon.daemon.metrics.render()).toMatch(/event="timed-out"\} 1/);
  });

  test('silent between requests', async () => {
    wire.send(REQUEST);
    await wire.readUntil('"value":"1"}');
    clock.advance(75_000);
    await wire.expectEnd();
  });
});

describe('what is no request is refused as every error is', () => {
  test.each([
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'Request Header Fields Too Large',
      'too-large',
    ],
    ['something else', 'EHLO mail.example.org\r\n', 400, 'Bad Request', 'not-http'],
  ])('%s', async (_, bytes, status, title, error) => {
    wire.send(bytes);
    const [head = '', body = ''] = (await wire.rest()).toString().split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]);
    expect(JSON.parse(body)).toMatchObject({ error, title, status });
  });
});

test('a peer that waits for us is not closed', async () => {
  const open = closeGate();
  wire.send(REQUEST);
  await until(asked, 'the lookup is under way');
  clock.advance(600_000);
  open();
  await wire.readUntil('"value":"1"}');
});

test('requests in one packet are answered in order', async () => {
  wire.send(REQUEST + REQUEST.replace('/k ', '/nobody ') + REQUEST);
  const text = (await wire.readUntil('"value":"1"}')).toString() + (await wire.readUntil('"value":"1"}')).toString();
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
});

test('stopping answers what was asked, and closes idle connections at once', async () => {
  const idle = await Wire.connect(daemon.address('api'));
  idle.send(REQUEST);
  await idle.readUntil('"value":"1"}');
  daemon.store('local').calls.length = 0;
  const open = closeGate();
  wire.send(REQUEST);
  await until(asked, 'the lookup is under way');
  const stopped = daemon.stop();
  await idle.expectEnd();
  open();
  await wire.readUntil('"value":"1"}');
  await wire.expectEnd();
  // Who has its last answer may take a second to close its side, on a clock that nobody moves here.
  wire.close();
  await stopped;
  idle.close();
});

test('bytes that are no HTTP are refused', async () => {
  wire.send('3:a b,\r\n\r\n');
  expect((await wire.rest()).toString()).toMatch(/^HTTP\/1\.1 400 /);
});
