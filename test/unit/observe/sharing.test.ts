import { expect, test } from 'vitest';
import { Metrics } from '../../../src/observe/metrics.js';

/** What several processes count is shown as one. */

async function lines(metrics: Metrics, start: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(start));
}

function tell(from: Metrics, to: Metrics, worker: number): void {
  to.absorb(worker, JSON.parse(JSON.stringify(from.takeChanges())), worker === 1);
}

function three() {
  return { main: new Metrics('1', 'main'), first: new Metrics('1', '1'), second: new Metrics('1', '2') };
}

test('counters and histograms are added up, whatever becomes of who counted', async () => {
  const { main, first, second } = three();
  const alone = new Metrics('1');
  for (const [metrics, ms] of [
    [first, 1],
    [second, 30],
    [second, 9_000],
  ] as const) {
    for (const one of [metrics, alone]) one.lookups.meter('postfix', 'users').answered('found', ms);
    tell(metrics, main, metrics === first ? 1 : 2);
  }
  tell(first, main, 1);
  main.forget(1);
  for (const family of ['lookupd_lookups_total', 'lookupd_lookup_duration_seconds']) {
    expect(await lines(main, family)).toEqual(await lines(alone, family));
  }
});

test('connections are summed and go with their process', async () => {
  const { main, first, second } = three();
  for (const metrics of [first, second, second]) metrics.connections.events('a').opened();
  tell(first, main, 1);
  tell(second, main, 2);
  expect(await lines(main, 'lookupd_connections{')).toEqual(['lookupd_connections{listener="a"} 3']);
  main.forget(2);
  expect(await lines(main, 'lookupd_connections{')).toEqual(['lookupd_connections{listener="a"} 1']);
});

test('a breaker is as open as the one that is open furthest', async () => {
  const { main, first, second } = three();
  first.stores.meter('r').breakerChanged('n', 'half-open');
  second.stores.meter('r').breakerChanged('n', 'open');
  tell(first, main, 1);
  tell(second, main, 2);
  expect(await lines(main, 'lookupd_store_breaker_open')).toEqual(['lookupd_store_breaker_open{store="r",node="n"} 1']);
  second.stores.meter('r').breakerChanged('n', 'closed');
  tell(second, main, 2);
  expect(await lines(main, 'lookupd_store_breaker_open')).toEqual([
    'lookupd_store_breaker_open{store="r",node="n"} 0.5',
  ]);
});

test('what every process does is counted once', async () => {
  const { main, first, second } = three();
  for (const [metrics, worker] of [
    [first, 1],
    [second, 2],
  ] as const) {
    metrics.lists.count('l', 'loaded');
    metrics.lists.show([{ list: 'l', entries: 7, bytes: 100, age: worker * 1_000 }]);
    tell(metrics, main, worker);
  }
  expect(await lines(main, 'lookupd_list_')).toEqual([
    'lookupd_list_loads_total{list="l",result="loaded"} 1',
    'lookupd_list_entries{list="l"} 7',
    'lookupd_list_bytes{list="l"} 200',
    'lookupd_list_age_seconds{list="l"} 2',
  ]);
});

test("Node's own figures are told apart by process", async () => {
  const { main, first } = three();
  const text = await main.render([await first.node.figures()]);
  const shown = (name: string) => text.split('\n').filter((line) => line.startsWith(name)).length;
  expect(shown('process_resident_memory_bytes{worker="main"}')).toBe(1);
  expect(shown('process_resident_memory_bytes{worker="1"}')).toBe(1);
  expect(shown('nodejs_version_info')).toBe(1);
  expect(await new Metrics('1').render()).not.toContain('worker=');
});
