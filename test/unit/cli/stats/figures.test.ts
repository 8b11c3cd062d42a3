import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../../../src/cli/stats/exposition.js';
import { type Activity, activityOf, type Figures, figuresOf } from '../../../../src/cli/stats/figures.js';
import { activityJson } from '../../../../src/cli/stats/json.js';
import { SECTIONS, type Section } from '../../../../src/cli/stats/sections.js';
import { type Counting, printActivity } from '../../../../src/cli/stats/view.js';
import { createOutput } from '../../../../src/cli/terminal.js';
import { Metrics } from '../../../../src/observe/metrics.js';

const START = 1_000;
const EVERYTHING = { store: undefined };

/** A daemon that started at START, as its page tells of it after so many milliseconds. */
async function look(metrics: Metrics, ms: number, startedAt = START): Promise<Figures> {
  const page = (await metrics.render()).replace(
    /^process_start_time_seconds .*$/m,
    `process_start_time_seconds ${startedAt}`,
  );
  return figuresOf(parseExposition(page), startedAt * 1_000 + ms)!;
}

/** A daemon that has done something of everything. */
function busyDaemon(): Metrics {
  const metrics = new Metrics('1.2.3');
  const lookups = metrics.lookups.meter('postfix', 'aliases');
  for (let i = 0; i < 10; i++) lookups.answered('found', 0.4);
  lookups.answered('temporary', 4_000);
  metrics.lookups.meter('postfix', 'never-asked');
  metrics.policies.meter('policy', 'greylist').decided('defer', 1);
  metrics.dicts.meter('dict', 'quota').ended('commit', 'uncertain', 1);
  metrics.storeRequests.meter('resp', 'redis').ended('ok', 1);
  const connections = metrics.connections.events('postfix');
  connections.opened();
  connections.refused();
  const store = metrics.stores.meter('redis');
  store.ended('get', 'ok', 10, 0.4);
  store.ended('get', 'TIMEOUT', 1, 4_000);
  store.retried('get', 'TIMEOUT');
  store.retried('get', 'UNREACHABLE');
  store.breakerChanged('127.0.0.1:6379', 'open');
  metrics.stores.showNodes([{ store: 'redis', node: '127.0.0.1:6379', connected: false }]);
  metrics.caches.meter('aliases').hit();
  metrics.caches.setEntries('aliases', 3);
  metrics.nearCaches.meter('redis').hit();
  metrics.nearCaches.meter('redis').kept(2);
  metrics.lists.count('blocked', 'loaded');
  metrics.lists.show([{ list: 'blocked', entries: 7, bytes: 1, age: 65_000 }]);
  metrics.process.reloaded('failed');
  return metrics;
}

function shown(activity: Activity, counting: Counting, selection: { store: string | undefined } = EVERYTHING): string {
  let text = '';
  const out = createOutput(false, {}, (part) => {
    text += part.toString();
  });
  printActivity(out, activity, counting, selection);
  return text;
}

describe('what a daemon did', () => {
  it('is a table for each kind of thing it does', async () => {
    const metrics = busyDaemon();
    const earlier = await look(metrics, 0);
    for (let i = 0; i < 50; i++) metrics.lookups.meter('postfix', 'aliases').answered('found', 0.4);
    const activity = activityOf(await look(metrics, 2_000), earlier);
    expect(shown(activity, 'since-start')).toMatchInlineSnapshot(`
      "lookupd 1.2.3, up 2s, reloads: 0 ok, 1 failed

      LISTENER  OPEN  OPENED  REFUSED  TIMED OUT
      postfix      1       1        1          0

      LISTENER  MAP      PER SECOND  FOUND  NOT FOUND  TEMPORARY  PERMANENT      P50      P95     P99
      postfix   aliases        25.0     60          0          1          0  0.38 ms  0.49 ms  3.48 s

      LISTENER  POLICY    PER SECOND  PASS  PERMIT  DEFER  REJECT      P50      P95      P99
      policy    greylist           0     0       0      1       0  0.75 ms  0.97 ms  0.99 ms

      LISTENER  DICT   OPERATION  PER SECOND  OK  NOT FOUND  FAILED  UNCERTAIN      P50      P95      P99
      dict      quota  commit              0   0          0       0          1  0.75 ms  0.97 ms  0.99 ms

      LISTENER  STORE  PER SECOND  OK  FAILED      P50      P95      P99
      resp      redis           0   1       0  0.75 ms  0.97 ms  0.99 ms

      STORE  NODE            CONNECTED  BREAKER
      redis  127.0.0.1:6379  no         open

      STORE  OPERATION  PER SECOND  OK  TIMEOUT  RETRIES      P50     P95     P99
      redis  get                 0  10        1        2  0.39 ms  3.62 s  4.73 s

      MAP      ENTRIES  HIT  MISS  COALESCED  STALE
      aliases        3    1     0          0      0

      STORE  ENTRIES  HIT  MISS
      redis        2    1     0

      LIST     ENTRIES  AGE    LOADED  UNCHANGED  FAILED
      blocked        7  1m 5s       1          0       0
      "
    `);
    expect(shown(activity, 'per-second')).toMatchInlineSnapshot(`
      "lookupd 1.2.3, up 2s, reloads: 0 ok, 1 failed

      LISTENER  OPEN  OPENED  REFUSED  TIMED OUT
      postfix      1       0        0          0

      LISTENER  MAP      PER SECOND  FOUND  NOT FOUND  TEMPORARY  PERMANENT      P50      P95      P99
      postfix   aliases        25.0   25.0          0          0          0  0.38 ms  0.49 ms  0.50 ms

      LISTENER  POLICY    PER SECOND  PASS  PERMIT  DEFER  REJECT  P50  P95  P99
      policy    greylist           0     0       0      0       0    -    -    -

      LISTENER  DICT   OPERATION  PER SECOND  OK  NOT FOUND  FAILED  UNCERTAIN  P50  P95  P99
      dict      quota  commit              0   0          0       0          0    -    -    -

      LISTENER  STORE  PER SECOND  OK  FAILED  P50  P95  P99
      resp      redis           0   0       0    -    -    -

      STORE  NODE            CONNECTED  BREAKER
      redis  127.0.0.1:6379  no         open

      STORE  OPERATION  PER SECOND  OK  TIMEOUT  RETRIES  P50  P95  P99
      redis  get                 0   0        0        0    -    -    -

      MAP      ENTRIES  HIT  MISS  COALESCED  STALE
      aliases        3    0     0          0      0

      STORE  ENTRIES  HIT  MISS
      redis        2    0     0

      LIST     ENTRIES  AGE    LOADED  UNCHANGED  FAILED
      blocked        7  1m 5s       0          0       0
      "
    `);
    expect(shown(activity, 'since-start', { store: 'redis' })).toMatchInlineSnapshot(`
      "lookupd 1.2.3, up 2s, reloads: 0 ok, 1 failed

      LISTENER  STORE  PER SECOND  OK  FAILED      P50      P95      P99
      resp      redis           0   1       0  0.75 ms  0.97 ms  0.99 ms

      STORE  NODE            CONNECTED  BREAKER
      redis  127.0.0.1:6379  no         open

      STORE  OPERATION  PER SECOND  OK  TIMEOUT  RETRIES      P50     P95     P99
      redis  get                 0  10        1        2  0.39 ms  3.62 s  4.73 s

      STORE  ENTRIES  HIT  MISS
      redis        2    1     0
      "
    `);
  });

  it('is JSON with all there is', async () => {
    const metrics = busyDaemon();
    const activity = activityOf(await look(metrics, 1_000), await look(metrics, 0));
    expect(activityJson(activity, EVERYTHING)).toMatchObject({
      at: '1970-01-01T00:16:41.000Z',
      version: '1.2.3',
      uptimeSeconds: 1,
      reloads: { ok: 0, failed: 1 },
      seconds: 1,
      connections: [{ listener: 'postfix', open: 1, total: { opened: 1, refused: 1, 'timed-out': 0 } }],
      lookups: [
        {
          listener: 'postfix',
          map: 'aliases',
          total: { found: 10, 'not-found': 0, temporary: 1, permanent: 0 },
          perSecond: { found: 0, 'not-found': 0, temporary: 0, permanent: 0 },
          recentLatencyMs: { p50: null, p95: null, p99: null },
        },
        { map: 'never-asked', latencyMs: { p50: null } },
      ],
      nodes: [{ store: 'redis', node: '127.0.0.1:6379', connected: false, breaker: 'open' }],
      operations: [{ store: 'redis', operation: 'get', total: { ok: 10, timeout: 1, retries: 2 } }],
      caches: [{ map: 'aliases', entries: 3 }],
      'near-caches': [{ store: 'redis', entries: 2, total: { hit: 1, miss: 0 } }],
      lists: [{ list: 'blocked', entries: 7, age: 65 }],
    });
    const ofStore = activityJson(activity, { store: 'redis' });
    expect(Object.keys(ofStore)).not.toContain('lookups');
    expect(ofStore).toMatchObject({ offered: [{ listener: 'resp' }], operations: [{ operation: 'get' }] });
  });

  it('of a daemon that was started anew in between is what it did since', async () => {
    const before = await look(busyDaemon(), 5_000);
    const activity = activityOf(await look(new Metrics('1.2.3'), 0, START + 6), before);
    expect(activity.seconds).toBeUndefined();
    expect(shown(activity, 'since-start')).toBe('lookupd 1.2.3, up 0ms\n\nnothing was asked yet\n');
  });

  it('of several processes is told once', async () => {
    const page = [
      'lookupd_build_info{version="1.2.3"} 1',
      'lookupd_workers{} 2',
      'process_start_time_seconds{worker="2"} 1200',
      'process_start_time_seconds{worker="main"} 1000',
    ];
    const figures = figuresOf(parseExposition(page.join('\n')), 1_090_000)!;
    expect(shown(activityOf(figures), 'since-start')).toMatch(/^lookupd 1\.2\.3, up 1m 30s, 2 workers\n/);
  });

  it('is not told by another program', () => {
    expect(figuresOf(parseExposition('up 1\n'), 0)).toBeUndefined();
  });
});

it('every metric of a section is one that the daemon has', async () => {
  const page = await busyDaemon().render();
  const metrics = SECTIONS.flatMap((section: Section) => [
    ...(section.counted === undefined ? [] : [section.counted.metric]),
    ...Object.values(section.further ?? {}),
    ...Object.values(section.now ?? {}),
    ...(section.duration === undefined ? [] : [`${section.duration}_bucket`]),
  ]);
  expect(metrics.filter((name) => !page.includes(`\n${name}{`))).toEqual([]);
});
