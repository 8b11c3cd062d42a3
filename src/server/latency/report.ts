import { adviceOn, type LatencyFacts } from './advice.js';
import type { LatencyMonitor, Series } from './monitor.js';

/** LATENCY DOCTOR: the spikes of each kind of event, and what the server's settings have to do with them. */
export function doctorReport(monitor: LatencyMonitor, facts: LatencyFacts, now: number): string {
  const events = monitor.names();
  if (events.length === 0) return facts.threshold === 0 ? DISABLED : QUIET;
  const lines = events.map((event, i) => `${i + 1}. ${event}: ${analysis(monitor.get(event)!, now)}`);
  const advice = new Set(events.flatMap((event) => adviceOn(event, facts)));
  const told = advice.size === 0 ? NO_ADVICE : `${ADVICE}\n\n${[...advice].map((text) => `- ${text}`).join('\n')}`;
  return `${OPENING}\n\n${lines.join('\n')}\n\n${told}\n`;
}

function analysis({ samples, worst }: Series, now: number): string {
  const mean = (values: readonly number[]) => Math.floor(values.reduce((sum, value) => sum + value, 0) / values.length);
  const average = mean(samples.map(({ latency }) => latency));
  const deviation = mean(samples.map(({ latency }) => Math.abs(average - latency)));
  const period = Math.max(1, Math.floor(now / 1000) - samples[0]!.time) / samples.length;
  return `${samples.length} latency spikes (average ${average}ms, mean deviation ${deviation}ms, period ${period.toFixed(2)} sec). Worst all time event ${worst}ms.`;
}

const DISABLED =
  "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n";
const QUIET =
  'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n';
const OPENING =
  "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?";
const ADVICE = 'I have a few advices for you:';
const NO_ADVICE = 'No setting of this server has to do with that.';
