import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRequest } from '../../../src/frontends/socketmap/protocol.js';
import { bind } from '../../../src/net/bind.js';
import { ConnectionSet } from '../../../src/net/connections.js';
import { LineDecoder } from '../../../src/net/lines.js';
import { NetstringDecoder } from '../../../src/net/netstring.js';
import { RequestConnection, type RequestProtocol } from '../../../src/net/request-connection.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

/** Echoes lines; `wait …` is answered when the test says so, `big N` with N bytes. */
class Echo implements RequestProtocol {
  limits = { maxPipeline: 3, maxUnsent: 100_000 };
  readonly asked: string[] = [];
  readonly waiting: (() => void)[] = [];

  createDecoder() {
    return new LineDecoder(1_000);
  }

  answer(request: Buffer, reply: (answer: Buffer) => void): void {
    const text = request.toString();
    this.asked.push(text);
    const big = /^big (\d+)$/.exec(text);
    const answer = big === null ? Buffer.from(`<${text}>`) : Buffer.alloc(Number(big[1]), 'b');
    if (text.startsWith('wait')) this.waiting.push(() => reply(answer));
    else reply(answer);
  }

  refusal() {
    return Buffer.from('refused');
  }
}

/** Echoes netstrings, which are lent to its decoder, with the name of a map before them. */
class EchoOfNames {
  limits = { maxPipeline: 2, maxUnsent: 100_000 };
  readonly waiting: (() => void)[] = [];

  createDecoder() {
    return new NetstringDecoder(1_000, parseRequest);
  }

  answer(request: ReturnType<typeof parseRequest>, reply: (answer: Buffer) => void): void {
    const answer = Buffer.from(`<${request?.map} ${request?.key}>`);
    if (request?.map === 'wait') this.waiting.push(() => reply(answer));
    else reply(answer);
  }

  refusal() {
    return Buffer.from('refused');
  }
}

let clock: ManualClock;
let echo: Echo;
let socket: Awaited<ReturnType<typeof bind>>;
let set: ConnectionSet;
let events: Record<'opened' | 'closed' | 'refused' | 'timedOut', number>;
let wires: Wire[];

beforeEach(async () => {
  clock = new ManualClock();
  echo = new Echo();
  events = { opened: 0, closed: 0, refused: 0, timedOut: 0 };
  wires = [];
  const count = (event: keyof typeof events) => () => void events[event]++;
  set = new ConnectionSet(
    clock,
    { maxConnections: 10, idleTimeout: 60_000 },
    { opened: count('opened'), closed: count('closed'), refused: count('refused'), timedOut: count('timedOut') },
  );
  socket = await bind(
    { host: '127.0.0.1', port: 0 },
    {
      onConnection: (peer) => set.add(new RequestConnection(peer, echo, clock, (connection) => set.delete(connection))),
    },
  );
});

afterEach(async () => {
  for (const wire of wires) wire.close();
  await socket.close();
});

async function connect(): Promise<Wire> {
  const wire = await Wire.connect(socket.address);
  wires.push(wire);
  return wire;
}

describe('answers', () => {
  test('come in the order of the requests, whichever is ready first', async () => {
    const wire = await connect();
    wire.send('wait 1\nb\nwait 2\n');
    await until(() => echo.asked.length === 3, 'all were asked');
    echo.waiting[1]?.();
    echo.waiting[0]?.();
    await wire.expect('<wait 1><b><wait 2>');
  });

  test('that are ready together go out in one write', async () => {
    const wire = await connect();
    const chunks: string[] = [];
    wire.socket.on('data', (chunk) => chunks.push(chunk.toString()));
    wire.send('wait 1\nwait 2\nwait 3\n');
    await until(() => echo.asked.length === 3, 'all were asked');
    for (const answer of echo.waiting) answer();
    await wire.expect('<wait 1><wait 2><wait 3>');
    expect(chunks).toEqual(['<wait 1><wait 2><wait 3>']);
  });

  test('are dropped when the peer has gone', async () => {
    const wire = await connect();
    wire.send('wait\n');
    await until(() => echo.waiting.length === 1, 'it was asked');
    wire.close();
    // A peer that closed may have half-closed for all we know: the answer is tried.
    echo.waiting[0]?.();
    await until(() => set.size === 0, 'the connection is gone');
    expect(events).toMatchObject({ opened: 1, closed: 1 });
  });

  test('are given to a peer that has half-closed, also late ones', async () => {
    const wire = await connect();
    wire.send('wait 1\nb\n');
    wire.halfClose();
    await until(() => echo.asked.length === 2, 'both were asked');
    echo.waiting[0]?.();
    await wire.expect('<wait 1><b>');
    await wire.expectEnd();
    await until(() => set.size === 0, 'the connection is gone');
  });
});

describe('limits', () => {
  test('past max-pipeline nothing more is asked until there is room', async () => {
    const wire = await connect();
    wire.send('wait 1\nwait 2\nwait 3\nwait 4\nwait 5\n');
    await until(() => echo.asked.length === 3, 'three were asked');
    wire.send('wait 6\n');
    echo.waiting[0]?.();
    await wire.expect('<wait 1>');
    await until(() => echo.asked.length === 4, 'a fourth was asked');
    expect(echo.asked).toHaveLength(4);
    for (let i = 1; i < 6; i++) {
      await until(() => echo.waiting.length > i, 'the next was asked');
      echo.waiting[i]?.();
    }
    await wire.expect('<wait 2><wait 3><wait 4><wait 5><wait 6>');
  });

  test('a whole pipeline behind a half-close is answered', async () => {
    const wire = await connect();
    const requests = Array.from({ length: 50 }, (_, i) => `${i}`);
    wire.send(requests.map((request) => `${request}\n`).join(''));
    wire.halfClose();
    await wire.expect(requests.map((request) => `<${request}>`).join(''));
    await wire.expectEnd();
  });

  test('a slow reader is not read from, so that its answers stay bounded', async () => {
    const wire = await connect();
    wire.socket.pause();
    const requests = 150;
    wire.send('big 100000\n'.repeat(requests));
    let before = 0;
    const settled = () => {
      const now = echo.asked.length;
      const same = now > 0 && now === before;
      before = now;
      return same;
    };
    await until(settled, 'asking has stopped');
    expect(echo.asked.length).toBeLessThan(requests);
    wire.socket.resume();
    await wire.expect('b'.repeat(100_000 * requests));
  });

  test('bytes that are no request: the answers before them, the last words, the end', async () => {
    const wire = await connect();
    wire.send(`wait 1\n${'x'.repeat(2_000)}`);
    await until(() => echo.asked.length === 1, 'it was asked');
    echo.waiting[0]?.();
    await wire.expect('<wait 1>refused');
    await wire.expectEnd();
  });

  test('a peer that never closes its side is cut a while after the last words', async () => {
    const wire = await connect();
    wire.send('x'.repeat(2_000));
    await wire.expect('refused');
    expect(set.size).toBe(1);
    await until(() => clock.pending > 1, 'the cut is scheduled');
    clock.advance(1_000);
    await until(() => set.size === 0, 'the connection is cut');
  });
});

describe('idle connections', () => {
  test('are closed when neither side has said anything for the timeout', async () => {
    const wire = await connect();
    wire.send('a\n');
    await wire.expect('<a>');
    clock.advance(59_000);
    expect(set.size).toBe(1);
    clock.advance(16_000);
    await wire.expectEnd();
    expect(events.timedOut).toBe(1);
  });

  test('are not those that wait for us', async () => {
    const wire = await connect();
    wire.send('wait\n');
    await until(() => echo.waiting.length === 1, 'it was asked');
    clock.advance(300_000);
    echo.waiting[0]?.();
    await wire.expect('<wait>');
    clock.advance(30_000);
    expect(events.timedOut).toBe(0);
  });

  test('no timer runs while there is no connection', async () => {
    const wire = await connect();
    await until(() => clock.pending === 1, 'the timer runs');
    wire.close();
    await until(() => set.size === 0, 'the connection is gone');
    expect(clock.pending).toBe(0);
  });

  test('a timeout of 0 closes nobody', async () => {
    set.setLimits({ maxConnections: 10, idleTimeout: 0 });
    await connect();
    await until(() => set.size === 1, 'it is connected');
    clock.advance(1e9);
    expect(events.timedOut).toBe(0);
  });
});

describe('draining', () => {
  test('answers what was asked, reads no more, closes', async () => {
    const [busy, idle] = [await connect(), await connect()];
    busy.send('wait\n');
    await until(() => echo.waiting.length === 1 && set.size === 2, 'both are there');
    const drained = set.drain(5_000);
    await idle.expectEnd();
    busy.send('more\n');
    echo.waiting[0]?.();
    await busy.expect('<wait>');
    await busy.expectEnd();
    busy.close();
    await drained;
    expect(echo.asked).toEqual(['wait']);
  });

  test('cuts what does not end in time', async () => {
    const wire = await connect();
    wire.send('wait\n');
    await until(() => echo.waiting.length === 1, 'it was asked');
    const drained = set.drain(5_000);
    clock.advance(5_000);
    await drained;
    await wire.expectEnd();
  });

  test('requests that were received but not yet taken are answered too', async () => {
    const wire = await connect();
    wire.send('wait 1\nwait 2\nwait 3\nd\n');
    await until(() => echo.waiting.length === 3, 'three were asked');
    const drained = set.drain(5_000);
    for (const answer of echo.waiting) answer();
    await wire.expect('<wait 1><wait 2><wait 3><d>');
    wire.close();
    await drained;
  });
});

test('a connection too many is not admitted, and counted', () => {
  set.setLimits({ maxConnections: 0, idleTimeout: 0 });
  expect(set.admits()).toBe(false);
  expect(events.refused).toBe(1);
});

describe('what is read from memory that all clients share', () => {
  test.each([
    ['is cut in two', ['9:map firs', 't,'], '<map first>'],
    ['comes byte by byte', [...'9:map first,'], '<map first>'],
    [
      'waits for the answers before it',
      ['6:wait 1,6:wait 2,6:wait 3,9:map first,'],
      '<wait 1><wait 2><wait 3><map first>',
    ],
  ])('is the own request where it %s', async (_what, pieces, wanted) => {
    const names = new EchoOfNames();
    await using shared = await bind(
      { host: '127.0.0.1', port: 0 },
      { onConnection: (peer) => new RequestConnection(peer, names, clock, () => {}) },
    ).then((bound) => ({ ...bound, address: bound.address, [Symbol.asyncDispose]: () => bound.close() }));
    const [one, other] = [await Wire.connect(shared.address), await Wire.connect(shared.address)];
    wires.push(one, other);
    for (const piece of pieces) {
      one.send(piece);
      other.send('12:map anothers,');
      await other.expect('<map anothers>');
    }
    const answered = one.expect(wanted);
    for (let i = 0; wanted.includes(`wait ${i + 1}`); i++) {
      await until(() => names.waiting.length > i, 'it was asked');
      names.waiting[i]?.();
    }
    await answered;
  });
});
