import type { Clock } from '../../core/clock.js';

/**
 * What took longer than `latency-monitor-threshold`, by kind of event: the worst of each second, the last 160 of them.
 */
export class LatencyMonitor {
  private readonly events = new Map<string, Series>();

  constructor(
    private readonly settings: { readonly latencyThreshold: number },
    private readonly clock: Clock,
  ) {}

  /** Keeps it when it took long enough; `milliseconds` with decimals. */
  observe(event: string, milliseconds: number): void {
    const { latencyThreshold } = this.settings;
    if (latencyThreshold > 0 && milliseconds >= latencyThreshold) this.add(event, Math.floor(milliseconds));
  }

  /** When something begins that may take long; 0 while nothing is kept, and `end` then does nothing. */
  begin(): number {
    return this.settings.latencyThreshold > 0 ? performance.now() : 0;
  }

  /** The milliseconds since `began`, where there was such a time. */
  end(event: string, began: number): void {
    if (began > 0) this.observe(event, performance.now() - began);
  }

  names(): string[] {
    return [...this.events.keys()];
  }

  get(event: string): Series | undefined {
    return this.events.get(event);
  }

  /** The named events, or all; answers how many there were. */
  reset(names: readonly string[]): number {
    const chosen = names.length === 0 ? this.names() : names;
    return chosen.filter((name) => this.events.delete(name)).length;
  }

  private add(event: string, latency: number): void {
    const time = Math.floor(this.clock.now() / 1000);
    const series = this.events.get(event) ?? { worst: 0, samples: [] };
    this.events.set(event, series);
    series.worst = Math.max(series.worst, latency);
    const last = series.samples.at(-1);
    if (last?.time === time) last.latency = Math.max(last.latency, latency);
    else series.samples.push({ time, latency });
    if (series.samples.length > MAX_SAMPLES) series.samples.shift();
  }
}

export interface Series {
  /** Milliseconds, since the last reset. */
  worst: number;
  readonly samples: Sample[];
}

export interface Sample {
  /** Seconds since the epoch. */
  readonly time: number;
  /** Milliseconds. */
  latency: number;
}

const MAX_SAMPLES = 160;
