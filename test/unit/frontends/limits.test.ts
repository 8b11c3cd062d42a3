import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Protocol } from '../../../src/config/model.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { TestDaemon } from '../../harness/daemon.js';
import { temporaryFolder } from '../../harness/folder.js';
import { ASKED_KEYS, PROTOCOLS, type Spoken, spokenConfig } from '../../harness/spoken.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

/** Every limit of a listener, at its edge, for every protocol. */

let clock: ManualClock;
let daemon: TestDaemon;
let wires: Wire[];
let folder: ReturnType<typeof temporaryFolder>;
let openGate: () => void;

beforeEach(() => {
  clock = new ManualClock();
  wires = [];
  folder = temporaryFolder();
  openGate = () => {};
});

afterEach(async () => {
  openGate();
  for (const wire of wires) wire.close();
  await daemon.stop();
  folder[Symbol.dispose]();
});

/** What `key` is found as ends in v. */
async function start(protocol: Protocol, limits: string, value = 'v'): Promise<void> {
  const toml = spokenConfig(protocol, folder.file('s'), limits, value.slice(-190));
  daemon = await TestDaemon.start(toml, { clock });
  const { values } = daemon.store('local');
  for (const key of ASKED_KEYS) values.set(key, Buffer.from(value));
}

async function connect(protocol: Protocol): Promise<Wire> {
  const wire = await Wire.connect(daemon.address('x'));
  wires.push(wire);
  const { hello } = PROTOCOLS[protocol];
  if (hello !== undefined) wire.send(hello);
  return wire;
}

/** How often the store was asked. */
const asked = () => daemon.store('local').calls.filter(([operation]) => /^get/.test(operation!)).length;

async function answered(wire: Wire, times: number, end: string): Promise<void> {
  for (let i = 0; i < times; i++) await wire.readUntil(end);
}

async function steady(count: () => number): Promise<number> {
  let before = -1;
  await until(() => {
    const now = count();
    const same = now === before;
    before = now;
    return same;
  }, 'the count stands still');
  return before;
}

/** Makes the store answer when the test says so. */
function closeGate(): void {
  daemon.store('local').gate = new Promise((resolve) => {
    openGate = resolve;
  });
}

describe.each(Object.entries(PROTOCOLS) as [Protocol, Spoken][])('%s', (protocol, spoken) => {
  const { ask, end, found, busy, sized, tooLong } = spoken;

  test('max-connections: as many are served, one more is told, and one that leaves makes room', async () => {
    await start(protocol, 'limits.max-connections = 2');
    const served = [await connect(protocol), await connect(protocol)];
    for (const wire of served) {
      wire.send(ask);
      await wire.readUntil(found);
    }
    const tooMany = await connect(protocol);
    expect((await tooMany.rest()).toString()).toMatch(busy);
    served[0]!.close();
    const open = /^lookupd_connections\{listener="x"\} 1$/m;
    await until(async () => open.test(await daemon.daemon.metrics.render()), 'there is room');
    const next = await connect(protocol);
    next.send(ask);
    await next.readUntil(found);
  });

  test('max-request: one of that size is answered, one of a byte more is not, and its connection ends', async () => {
    await start(protocol, 'limits.max-request = 500');
    const wire = await connect(protocol);
    wire.send(sized(500));
    await wire.readUntil(end);
    const whole = await connect(protocol);
    whole.send(sized(501));
    const inPieces = await connect(protocol);
    const bytes = sized(501);
    // Before the last byte it is known of all but one, whose last word ends with it.
    const sent = protocol === 'resp' ? bytes.length : bytes.length - 1;
    for (let i = 0; i < sent; i++) inPieces.send(bytes[i]!);
    for (const refused of [whole, inPieces]) {
      if (protocol !== 'http') expect((await refused.rest()).toString()).toMatch(tooLong);
      else expect((await refused.readUntil('too-large')).toString()).toMatch(tooLong);
    }
    expect(asked()).toBe(1);
    wire.send(ask);
    await wire.readUntil(found);
  });

  test('max-pipeline: so many are asked at a time, the others after them', async () => {
    await start(protocol, 'limits.max-pipeline = 3');
    const wire = await connect(protocol);
    closeGate();
    wire.send(ask.repeat(8));
    await until(() => asked() >= 3, 'three are asked');
    expect(await steady(asked)).toBe(3);
    openGate();
    await answered(wire, 8, found);
    expect(asked()).toBe(8);
  });

  test('max-pipeline: a flood of requests is not taken in', async () => {
    await start(protocol, 'limits.max-pipeline = 3');
    const wire = await connect(protocol);
    closeGate();
    // More than the system holds between the two.
    wire.send(ask.repeat(Math.ceil(2_000_000 / ask.length)));
    await until(() => asked() >= 3, 'three are asked');
    expect(await steady(() => wire.socket.writableLength)).toBeGreaterThan(0);
    openGate();
    await answered(wire, 100, found);
  });

  test('idle-timeout: silence of that time ends a connection, an answer begins it anew', async () => {
    await start(protocol, 'limits.idle-timeout = "60s"');
    const wire = await connect(protocol);
    wire.send(ask);
    await wire.readUntil(found);
    clock.advance(45_000);
    wire.send(ask);
    await wire.readUntil(found);
    clock.advance(59_999);
    wire.send(ask);
    await wire.readUntil(found);
    clock.advance(75_000);
    await wire.expectEnd();
  });

  test('max-unsent: who does not read is not answered any further, is closed when idle, and others are served', async () => {
    // A policy's text is short.
    const length = protocol === 'policy' ? 190 : 3_000;
    await start(protocol, 'limits.max-unsent = "32kb"\nlimits.idle-timeout = "60s"', `${'x'.repeat(length)}v`);
    const wire = await connect(protocol);
    wire.socket.pause();
    const requests = Math.ceil(5_000_000 / length);
    wire.send(ask.repeat(requests));
    await until(() => asked() > 0, 'it is asked');
    const taken = await steady(asked);
    // What the system holds between the two, the limit, and the answers of one turn.
    expect(taken).toBeLessThan(requests / 4);
    const other = await connect(protocol);
    other.send(ask);
    await other.readUntil(found);
    wire.socket.resume();
    await answered(wire, requests, found);
    wire.socket.pause();
    wire.send(ask.repeat(requests));
    await steady(asked);
    clock.advance(150_000);
    await until(async () => /event="timed-out"\} 2$/m.test(await daemon.daemon.metrics.render()), 'both are closed');
  });
});
