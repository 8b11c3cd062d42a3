import type { Sample } from './exposition.js';
import { type Histogram, histogramSince, type Latency, latencyOf } from './latency.js';
import { SECTIONS, type Section, type SectionName } from './sections.js';

/** What a daemon has counted until a moment. */
export interface Figures {
  /** Milliseconds since the epoch, of who asked. */
  readonly at: number;
  readonly version: string;
  /** Seconds since the epoch at which the daemon started. */
  readonly startedAt: number | undefined;
  /** Processes that serve; undefined where it is one. */
  readonly workers: number | undefined;
  readonly reloads: Readonly<Record<string, number>>;
  readonly sections: ReadonlyMap<SectionName, readonly Row[]>;
}

/** One listener's map, one store's operation …: everything there is about a subject. */
export interface Row {
  readonly subject: Readonly<Record<string, string>>;
  /** Since the daemon started, by result. */
  readonly counts: Readonly<Record<string, number>>;
  /** What has happened besides. */
  readonly further: Readonly<Record<string, number>>;
  /** What is there now. */
  readonly now: Readonly<Record<string, number>>;
  readonly durations: Histogram | undefined;
}

/** Undefined when these are no metrics of this program. */
export function figuresOf(samples: readonly Sample[], at: number): Figures | undefined {
  const byName = new Map<string, Sample[]>();
  for (const sample of samples) {
    const known = byName.get(sample.name);
    if (known === undefined) byName.set(sample.name, [sample]);
    else known.push(sample);
  }
  const of = (name: string) => byName.get(name) ?? [];
  const version = of('lookupd_build_info')[0]?.labels['version'];
  if (version === undefined) return undefined;
  const starts = of('process_start_time_seconds');
  const started = starts.find(({ labels }) => labels['worker'] === 'main') ?? starts[0];
  const sections = SECTIONS.map((section) => [section.name, rowsOf(section, of)] as const);
  return {
    at,
    version,
    startedAt: started?.value,
    workers: of('lookupd_workers')[0]?.value,
    reloads: Object.fromEntries(
      of('lookupd_reloads_total').map(({ labels, value }) => [labels['result'] ?? '', value]),
    ),
    sections: new Map(sections),
  };
}

interface GrowingRow {
  readonly subject: Readonly<Record<string, string>>;
  readonly counts: Record<string, number>;
  readonly further: Record<string, number>;
  readonly now: Record<string, number>;
  readonly buckets: { readonly le: number; readonly count: number }[];
}

function rowsOf(section: Section, of: (metric: string) => readonly Sample[]): Row[] {
  const rows = new Map<string, GrowingRow>();
  const rowOf = ({ labels }: Sample): GrowingRow => {
    const subject = Object.fromEntries(section.subject.map((name) => [name, labels[name] ?? '']));
    const id = JSON.stringify(subject);
    const row = rows.get(id) ?? { subject, counts: {}, further: {}, now: {}, buckets: [] };
    rows.set(id, row);
    return row;
  };
  const { counted, further = {}, now = {}, duration } = section;
  for (const sample of counted === undefined ? [] : of(counted.metric)) {
    add(rowOf(sample).counts, sample.labels[counted?.label ?? ''] ?? '', sample.value);
  }
  for (const [name, metric] of Object.entries(further)) {
    for (const sample of of(metric)) add(rowOf(sample).further, name, sample.value);
  }
  for (const [name, metric] of Object.entries(now)) {
    for (const sample of of(metric)) rowOf(sample).now[name] = sample.value;
  }
  for (const sample of duration === undefined ? [] : of(`${duration}_bucket`)) {
    const { le = '' } = sample.labels;
    rowOf(sample).buckets.push({ le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count: sample.value });
  }
  return [...rows.values()].map(({ buckets, ...row }) => ({
    ...row,
    durations: duration === undefined ? undefined : { buckets: buckets.sort((a, b) => a.le - b.le) },
  }));
}

function add(counts: Record<string, number>, name: string, value: number): void {
  counts[name] = (counts[name] ?? 0) + value;
}

/** What a daemon does: what it has counted, and what of it since an earlier look. */
export interface Activity {
  readonly figures: Figures;
  /** Seconds between the two looks; undefined where there was no earlier one, or the daemon was another. */
  readonly seconds: number | undefined;
  readonly sections: ReadonlyMap<SectionName, readonly ActiveRow[]>;
}

export interface ActiveRow {
  readonly row: Row;
  /** A second, by result and by what has happened besides; undefined without an earlier look. */
  readonly perSecond: Readonly<Record<string, number>> | undefined;
  /** Of all that ended since the start. */
  readonly latency: Latency | undefined;
  /** Of what ended between the looks. */
  readonly recent: Latency | undefined;
}

/** A daemon that was started anew has an activity only after the next look. */
export function activityOf(figures: Figures, earlier?: Figures): Activity {
  const before = earlier?.startedAt === figures.startedAt ? earlier : undefined;
  const seconds = before === undefined ? undefined : Math.max((figures.at - before.at) / 1_000, 0.001);
  const sections = SECTIONS.map(({ name }) => {
    const known = new Map(before?.sections.get(name)?.map((row) => [JSON.stringify(row.subject), row]));
    const rows = (figures.sections.get(name) ?? []).map((row) =>
      activeRow(row, known.get(JSON.stringify(row.subject)), seconds),
    );
    return [name, rows] as const;
  });
  return { figures, seconds, sections: new Map(sections) };
}

function activeRow(row: Row, before: Row | undefined, seconds: number | undefined): ActiveRow {
  const { durations } = row;
  return {
    row,
    perSecond: seconds === undefined ? undefined : rates(row, before, seconds),
    latency: durations && latencyOf(durations),
    recent: seconds === undefined ? undefined : durations && latencyOf(histogramSince(durations, before?.durations)),
  };
}

function rates(row: Row, before: Row | undefined, seconds: number): Readonly<Record<string, number>> {
  const earlier = { ...before?.counts, ...before?.further };
  const entries = Object.entries({ ...row.counts, ...row.further });
  return Object.fromEntries(
    entries.map(([name, count]) => [name, Math.max(0, count - (earlier[name] ?? 0)) / seconds]),
  );
}
