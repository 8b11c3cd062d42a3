import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openConfigured } from '../../../src/stores/factory.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { CUTS, connectionsGone } from '../../harness/cuts.js';
import { TestDaemon } from '../../harness/daemon.js';
import { Wire } from '../../harness/wire.js';

const CONFIG = `
[store.local]
type = "embedded"
[dict.quota]
store = "local"
write = true
[dict.brief]
store = "local"
write = true
expire = "1m"
[server.listener.dict]
protocol = "dict"
bind = "127.0.0.1:0"
`;

const HOUR = 3_600_000;

let clock: ManualClock;
let daemon: TestDaemon;
let store: LookupStore;
let wire: Wire;

beforeEach(async () => {
  clock = new ManualClock();
  daemon = await TestDaemon.start(CONFIG, {
    clock,
    openStore: async (config) => {
      store = await openConfigured(config, { clock });
      return store;
    },
  });
  wire = await Wire.connect(daemon.address('dict'));
});

afterEach(async () => {
  wire.close();
  await daemon.stop();
});

test('what version 4 sets with an expiry lives for so many seconds', async () => {
  wire.send('H4\t0\t0\t\tquota\nB1\tann\t3600\nS1\tshared/k\tv\nC1\n');
  await wire.expect('O1\n');
  expect(await store.ttl('k')).toBe(HOUR);
  clock.jump(clock.now() + HOUR - 1);
  wire.send('Lshared/k\tann\n');
  await wire.expect('Ov\n');
  clock.jump(clock.now() + 1);
  wire.send('Lshared/k\tann\n');
  await wire.expect('N\n');
});

test.each([
  ['version 4 with 0 as configured', 'H4\t0\t0\t\tbrief\nB1\tann\t0\n', 60_000],
  ['version 4 with its own before the configured one', 'H4\t0\t0\t\tbrief\nB1\tann\t5\n', 5_000],
  ['version 4 with 0 for ever where nothing is configured', 'H4\t0\t0\t\tquota\nB1\tann\t0\n', Infinity],
  ['version 3 as configured: it has no expiry', 'H3\t2\t0\t\tbrief\nB1\tann\t5\n', 60_000],
])('what is set lives in %s', async (_, begin, ttl) => {
  wire.send(`${begin}S1\tshared/k\tv\nC1\n`);
  await wire.expect('O1\n');
  expect(await store.ttl('k')).toBe(ttl);
});

describe('a client that is gone in the middle of a line leaves nothing of its transaction', () => {
  const LINES = 'S1\tshared/k\tv\nS1\tshared/l\tlong\nC1';

  describe.each(CUTS)('%s', (_, cut) => {
    test.each([
      ['of a change', LINES.slice(0, -5)],
      ['of the commit', LINES.slice(0, -1)],
      ['of the commit, without its end', LINES],
    ])('%s', async (_, lines) => {
      wire.send('H4\t0\t0\t\tquota\nB1\tann\t0\nLshared/k\tann\n');
      await wire.expect('N\n');
      wire.send(lines);
      await cut(wire);
      await connectionsGone(daemon, 'dict');
      const other = await Wire.connect(daemon.address('dict'));
      other.send('H4\t0\t0\t\tquota\nLshared/k\tann\nLshared/l\tann\n');
      await other.expect('N\nN\n');
      other.close();
    });
  });
});
