import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/observe/metrics.js';
import { ROOT } from '../../harness/pages.js';

/** The dashboard that comes along asks for metrics that are there, by labels that they have. */

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(join(ROOT, 'config/grafana/lookupd.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** Labels that Prometheus adds. */
const ADDED = ['job', 'instance', 'le'];

/** Every metric with the labels of its first series; those of histograms by their three names. */
const labels = new Map<string, string[]>();

beforeAll(async () => {
  const metrics = new Metrics('1.2.3');
  metrics.lookups.meter('l', 'm').answered('found', 1);
  metrics.policies.meter('l', 'p').decided('pass', 1);
  metrics.dicts.meter('l', 'd').ended('lookup', 'ok', 1);
  metrics.storeRequests.meter('l', 's').ended('ok', 1);
  metrics.connections.events('l').opened();
  const store = metrics.stores.meter('s');
  store.ended('get', 'ok', 1, 1);
  store.retried('get', 'TIMEOUT');
  store.breakerChanged('n', 'open');
  metrics.stores.showNodes([{ store: 's', node: 'n', connected: true }]);
  metrics.caches.meter('m').hit();
  metrics.caches.setEntries('m', 1);
  const near = metrics.nearCaches.meter('s');
  near.hit();
  near.kept(1);
  const workers = metrics.withWorkers();
  workers.running(1);
  workers.exited('SIGKILL');
  metrics.lists.declare('l');
  metrics.lists.show([{ list: 'l', entries: 1, bytes: 1, age: 1 }]);
  for (const line of (await metrics.render()).split('\n')) {
    const [, name, inside = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name !== undefined && !labels.has(name))
      labels.set(
        name,
        [...inside.matchAll(/(\w+)="/g)].map((m) => m[1]!),
      );
  }
});

describe('the dashboard', () => {
  it.each(queries)('$title: $expr', ({ expr, legendFormat }) => {
    const asked = [...expr.matchAll(/\b((?:lookupd|process|nodejs)_\w+)(\{[^}]*\})?/g)];
    expect(asked).not.toEqual([]);
    const used = [...expr.matchAll(/by \(([^)]*)\)/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
      .flatMap((match) => match[1]!.split(','))
      .map((name) => name.trim());
    for (const [, name = '', matchers = ''] of asked) {
      expect([...labels.keys()]).toContain(name);
      const named = [...used, ...[...matchers.matchAll(/(\w+)[!=]~?"/g)].map((match) => match[1]!)];
      expect([...ADDED, ...labels.get(name)!]).toEqual(expect.arrayContaining(named));
    }
  });

  it('shows every metric of the daemon', () => {
    const asked = queries.map(({ expr }) => expr).join('\n');
    const own = [...labels.keys()].filter((name) => /^lookupd_(?!.*_(sum|count)$)/.test(name));
    expect(own.filter((name) => !asked.includes(name))).toEqual(['lookupd_list_bytes']);
  });
});
