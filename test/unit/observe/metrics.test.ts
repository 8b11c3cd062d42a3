import { expect, test } from 'vitest';
import { Metrics } from '../../../src/observe/metrics.js';

/** The lines of one family, without comments. */
async function lines(metrics: Metrics, family: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(family));
}

test('lookups are counted by result and timed in cumulative buckets', async () => {
  const metrics = new Metrics('1.2.3');
  const meter = metrics.lookups.meter('postfix', 'users');
  meter.answered('found', 0.2);
  meter.answered('found', 30);
  meter.answered('notFound', 20_000);
  expect(await lines(metrics, 'lookupd_lookups_total')).toEqual([
    'lookupd_lookups_total{listener="postfix",map="users",result="found"} 2',
    'lookupd_lookups_total{listener="postfix",map="users",result="not-found"} 1',
    'lookupd_lookups_total{listener="postfix",map="users",result="temporary"} 0',
    'lookupd_lookups_total{listener="postfix",map="users",result="permanent"} 0',
  ]);
  const durations = await lines(metrics, 'lookupd_lookup_duration_seconds');
  const bucket = (le: string, count: number) =>
    `lookupd_lookup_duration_seconds_bucket{listener="postfix",map="users",le="${le}"} ${count}`;
  for (const [le, count] of [
    ['0.0001', 0],
    ['0.00025', 1],
    ['0.025', 1],
    ['0.05', 2],
    ['10', 2],
    ['+Inf', 3],
  ] as const) {
    expect(durations).toContain(bucket(le, count));
  }
  expect(durations).toContain('lookupd_lookup_duration_seconds_count{listener="postfix",map="users"} 3');
});

test('stores tell their operations, retries and breakers', async () => {
  const metrics = new Metrics('1.2.3');
  const meter = metrics.stores.meter('redis');
  meter.ended('get', 'ok', 500, 1);
  meter.ended('get', 'TIMEOUT', 1, 1_000);
  meter.retried('get', 'UNREACHABLE');
  meter.breakerChanged('127.0.0.1:6379', 'open');
  expect(await lines(metrics, 'lookupd_store_operations_total')).toEqual([
    'lookupd_store_operations_total{store="redis",operation="get",result="ok"} 500',
    'lookupd_store_operations_total{store="redis",operation="get",result="timeout"} 1',
  ]);
  expect(await lines(metrics, 'lookupd_store_retries_total')).toEqual([
    'lookupd_store_retries_total{store="redis",operation="get",reason="unreachable"} 1',
  ]);
  expect(await lines(metrics, 'lookupd_store_breaker_open')).toEqual([
    'lookupd_store_breaker_open{store="redis",node="127.0.0.1:6379"} 1',
  ]);
  meter.breakerChanged('127.0.0.1:6379', 'closed');
  expect(await lines(metrics, 'lookupd_store_breaker_open')).toEqual([
    'lookupd_store_breaker_open{store="redis",node="127.0.0.1:6379"} 0',
  ]);
});

test('connections and caches', async () => {
  const metrics = new Metrics('1.2.3');
  const events = metrics.connections.events('postfix');
  events.opened();
  events.opened();
  events.closed();
  events.refused();
  expect(await lines(metrics, 'lookupd_connections')).toEqual(['lookupd_connections{listener="postfix"} 1']);
  expect(await lines(metrics, 'lookupd_connection_events_total')).toContain(
    'lookupd_connection_events_total{listener="postfix",event="refused"} 1',
  );
  metrics.caches.meter('users').stale();
  metrics.caches.setEntries('users', 7);
  expect(await lines(metrics, 'lookupd_cache')).toContain('lookupd_cache_requests_total{map="users",result="stale"} 1');
  expect(await lines(metrics, 'lookupd_cache_entries')).toEqual(['lookupd_cache_entries{map="users"} 7']);
});

test('near caches, of stores that have one', async () => {
  const metrics = new Metrics('1.2.3');
  expect(await lines(metrics, 'lookupd_near_cache')).toEqual([]);
  const near = metrics.nearCaches.meter('redis');
  near.miss();
  near.kept(3);
  near.hit();
  near.hit();
  near.invalidated(2, 1);
  expect(await lines(metrics, 'lookupd_near_cache')).toEqual([
    'lookupd_near_cache_requests_total{store="redis",result="hit"} 2',
    'lookupd_near_cache_requests_total{store="redis",result="miss"} 1',
    'lookupd_near_cache_forgotten_total{store="redis",reason="changed"} 2',
    'lookupd_near_cache_forgotten_total{store="redis",reason="untold"} 0',
    'lookupd_near_cache_entries{store="redis"} 1',
  ]);
  near.dropped(1);
  expect(await lines(metrics, 'lookupd_near_cache_entries')).toEqual(['lookupd_near_cache_entries{store="redis"} 0']);
});

test('meters of the same names share their counts: a reload goes on counting', async () => {
  const metrics = new Metrics('1.2.3');
  metrics.lookups.meter('a', 'm').answered('found', 1);
  metrics.lookups.meter('a', 'm').answered('found', 1);
  expect((await lines(metrics, 'lookupd_lookups_total'))[0]).toMatch(/ 2$/);
});

test('two daemons in one process do not meet', async () => {
  const [a, b] = [new Metrics('1'), new Metrics('2')];
  a.process.reloaded('ok');
  expect(await lines(b, 'lookupd_reloads_total')).toContain('lookupd_reloads_total{result="ok"} 0');
});
