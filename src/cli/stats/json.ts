import type { ActiveRow, Activity } from './figures.js';
import { SECTIONS, type Section } from './sections.js';
import { breakerState, type Selection, selectedRows } from './view.js';

/** The same for `--json`, with rows that nothing was counted for yet. */
export function activityJson(activity: Activity, selection: Selection): object {
  const { figures, seconds } = activity;
  const { at, version, startedAt, workers, reloads } = figures;
  const sections = SECTIONS.filter(
    ({ subject }: Section) => selection.store === undefined || subject.includes('store'),
  );
  return {
    at: new Date(at).toISOString(),
    version,
    ...(startedAt === undefined ? {} : { uptimeSeconds: Math.max(0, Math.round(at / 1_000 - startedAt)) }),
    ...(workers === undefined ? {} : { workers }),
    reloads,
    ...(seconds === undefined ? {} : { seconds }),
    ...Object.fromEntries(
      sections.map((section) => [section.name, selectedRows(activity, section, selection).map(rowJson)]),
    ),
  };
}

function rowJson({ row, perSecond, latency, recent }: ActiveRow): object {
  const total = { ...row.counts, ...row.further };
  const hasCounts = Object.keys(total).length > 0;
  return {
    ...row.subject,
    ...Object.fromEntries(Object.entries(row.now).map(([name, value]) => [name, presentValue(name, value)])),
    ...(hasCounts ? { total } : {}),
    ...(hasCounts && perSecond !== undefined ? { perSecond } : {}),
    ...(latency === undefined ? {} : { latencyMs: latency }),
    ...(recent === undefined ? {} : { recentLatencyMs: recent }),
  };
}

function presentValue(name: string, value: number): number | string | boolean {
  if (name === 'connected') return value > 0;
  return name === 'breaker' ? breakerState(value) : value;
}
