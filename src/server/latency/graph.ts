import type { Series } from './monitor.js';

const ROWS = 4;
const COLUMNS = 80;
/** From the bottom of a row to its top. */
const FILL = ['_', 'o', '#'] as const;

/** The samples as columns, with how long ago they were written downwards below. */
export function latencyGraph(event: string, { samples, worst }: Series, now: number): string {
  const latencies = samples.map(({ latency }) => latency);
  const [high, low] = [Math.max(...latencies), Math.min(...latencies)];
  const labels = samples.map(({ time }) => ago(Math.floor(now / 1000) - time));
  const blocks: string[] = [
    `${event} - high ${high} ms, low ${low} ms (all time high ${worst} ms)`,
    '-'.repeat(COLUMNS),
  ];
  for (let from = 0; from < samples.length; from += COLUMNS) {
    const steps = latencies.slice(from, from + COLUMNS).map((latency) => stepOf(latency - low, high - low));
    blocks.push(...rows(steps), '', ...downwards(labels.slice(from, from + COLUMNS)), '');
  }
  return `${blocks.join('\n')}\n`;
}

function stepOf(value: number, most: number): number {
  const steps = ROWS * FILL.length;
  return Math.min(steps - 1, Math.floor((value * steps) / Math.max(1, most)));
}

function rows(steps: readonly number[]): string[] {
  return Array.from({ length: ROWS }, (_, row) => {
    const bottom = (ROWS - row - 1) * FILL.length;
    return steps.map((step) => (step < bottom ? ' ' : (FILL[step - bottom] ?? '|'))).join('');
  });
}

function downwards(labels: readonly string[]): string[] {
  const longest = Math.max(...labels.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => labels.map((label) => label[i] ?? ' ').join(''));
}

function ago(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
