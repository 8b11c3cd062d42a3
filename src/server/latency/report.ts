import type { LatencyMonitor, Series } from './monitor.js';

/** LATENCY DOCTOR and LATENCY GRAPH: samples as people read them. */

export function doctorReport(monitor: LatencyMonitor, threshold: number, now: number): string {
  if (threshold === 0) return DISABLED;
  const events = monitor.names();
  if (events.length === 0) return QUIET;
  const lines = events.map((event, i) => `${i + 1}. ${event}: ${analysis(monitor.get(event)!, now)}`);
  return `${OPENING}\n\n${lines.join('\n')}\n\n${ADVICE}\n`;
}

function analysis({ samples, worst }: Series, now: number): string {
  const mean = (values: readonly number[]) => Math.floor(values.reduce((sum, value) => sum + value, 0) / values.length);
  const average = mean(samples.map(({ latency }) => latency));
  const deviation = mean(samples.map(({ latency }) => Math.abs(average - latency)));
  const period = Math.max(1, Math.floor(now / 1000) - samples[0]!.time) / samples.length;
  return `${samples.length} latency spikes (average ${average}ms, mean deviation ${deviation}ms, period ${period.toFixed(2)} sec). Worst all time event ${worst}ms.`;
}

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

const DISABLED =
  "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n";
const QUIET =
  'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n';
const OPENING =
  "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?";
const ADVICE =
  'I have a few advices for you:\n\n- The slow log (SLOWLOG GET) names the commands that took long.\n- Deleting, expiring or listing very large values takes as long as they are large.';
