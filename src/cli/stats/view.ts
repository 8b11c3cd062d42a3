import { printTable } from '../table.js';
import type { Colors, Output } from '../terminal.js';
import { formatDuration } from '../time.js';
import type { ActiveRow, Activity, Figures } from './figures.js';
import type { Latency } from './latency.js';
import { SECTIONS, type Section, type SectionName } from './sections.js';

/** What the figures in the columns of results are. */
export type Counting = 'since-start' | 'per-second';

/** The sections that are shown, and of those with a store the one that was asked for. */
export interface Selection {
  readonly store: string | undefined;
}

/** Tables for people: a line for the daemon, then a table for each section that has something to tell. */
export function printActivity(out: Output, activity: Activity, counting: Counting, selection: Selection): void {
  out.write(`${headline(activity.figures, out.colors)}\n`);
  let isEmpty = true;
  for (const section of SECTIONS) {
    const rows = selectedRows(activity, section, selection).filter((row) => tells(section, row));
    if (rows.length === 0) continue;
    isEmpty = false;
    out.write('\n');
    printSection(out, section, rows, counting);
  }
  if (isEmpty) out.write('\nnothing was asked yet\n');
}

export function selectedRows({ sections }: Activity, section: Section, { store }: Selection): readonly ActiveRow[] {
  const rows = sections.get(section.name as SectionName) ?? [];
  if (store === undefined) return rows;
  return rows.filter(({ row }) => row.subject['store'] === store);
}

function headline({ version, startedAt, at, workers, reloads }: Figures, { bold }: Colors): string {
  const parts = [bold(`lookupd ${version}`)];
  if (startedAt !== undefined)
    parts.push(`up ${formatDuration(Math.max(0, Math.floor(at / 1_000 - startedAt)) * 1_000)}`);
  if (workers !== undefined) parts.push(workers === 1 ? '1 worker' : `${workers} workers`);
  const { ok = 0, failed = 0 } = reloads;
  if (ok + failed > 0) parts.push(`reloads: ${ok} ok, ${failed} failed`);
  return parts.join(', ');
}

/** There may be many a map behind a listener that is never asked. */
function tells({ now }: Section, { row }: ActiveRow): boolean {
  return now !== undefined || Object.values(row.counts).some((count) => count > 0);
}

type Column = readonly [name: string, cell: (row: ActiveRow) => string];

function printSection(out: Output, section: Section, rows: readonly ActiveRow[], counting: Counting): void {
  const columns = columnsOf(section, rows, counting, out.colors);
  printTable(
    out,
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  );
}

function columnsOf(section: Section, rows: readonly ActiveRow[], counting: Counting, colors: Colors): Column[] {
  const { subject, now = {}, counted, further = {}, duration } = section;
  const figure =
    counting === 'per-second'
      ? (name: string): Column => [heading(name), ({ perSecond }) => formatRate(perSecond && (perSecond[name] ?? 0))]
      : (name: string): Column => [heading(name), ({ row }) => String(row.counts[name] ?? row.further[name] ?? 0)];
  return [
    ...subject.map((name): Column => [heading(name), ({ row }) => row.subject[name] ?? '']),
    ...Object.keys(now).map((name): Column => [heading(name), ({ row }) => presentCell(name, row.now[name], colors)]),
    ...(duration === undefined ? [] : [['PER SECOND', totalRate] as const]),
    ...(counted === undefined ? [] : resultsIn(counted.results, rows).map(figure)),
    ...Object.keys(further).map(figure),
    ...(duration === undefined ? [] : latencyColumns(counting)),
  ];
}

function heading(name: string): string {
  return name.replaceAll(/[-_]/g, ' ').toUpperCase();
}

/** Those that are always there, and those that have happened. */
function resultsIn(declared: readonly string[], rows: readonly ActiveRow[]): readonly string[] {
  return [...new Set([...declared, ...rows.flatMap(({ row }) => Object.keys(row.counts))])];
}

function totalRate({ row, perSecond }: ActiveRow): string {
  if (perSecond === undefined) return '-';
  return formatRate(Object.keys(row.counts).reduce((sum, name) => sum + (perSecond[name] ?? 0), 0));
}

function formatRate(rate: number | undefined): string {
  if (rate === undefined) return '-';
  if (rate === 0) return '0';
  return rate < 100 ? rate.toFixed(rate < 10 ? 2 : 1) : String(Math.round(rate));
}

/** Of all since the start, or of what ended since the last look. */
function latencyColumns(counting: Counting): Column[] {
  const shown = ({ latency, recent }: ActiveRow) => (counting === 'per-second' ? recent : latency);
  const column = (name: keyof Latency): Column => [heading(name), (row) => formatLatency(shown(row)?.[name] ?? null)];
  return [column('p50'), column('p95'), column('p99')];
}

function formatLatency(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 1_000 ? `${ms.toFixed(2)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

function presentCell(name: string, value: number | undefined, { green, red, yellow }: Colors): string {
  if (value === undefined) return '-';
  switch (name) {
    case 'connected':
      return value > 0 ? green('yes') : red('no');
    case 'breaker': {
      const state = breakerState(value);
      return state === 'closed' ? state : (state === 'open' ? red : yellow)(state);
    }
    case 'age':
      return formatDuration(Math.floor(value) * 1_000);
    default:
      return String(value);
  }
}

export function breakerState(value: number): 'closed' | 'trying' | 'open' {
  if (value === 0) return 'closed';
  return value === 1 ? 'open' : 'trying';
}
