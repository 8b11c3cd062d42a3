import type { Stats } from './stats.js';

const SAMPLES = 16;

/** How fast counters move: the mean over the last sixteen tenths of a second. */
export class Rates {
  private readonly samples: Sample[] = [];

  constructor(private readonly stats: Stats) {}

  /** Called with the time about ten times a second. */
  sample(now: number): void {
    const { commands, bytesIn, bytesOut } = this.stats;
    this.samples.push({ now, commands, bytesIn, bytesOut });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  perSecond(): { commands: number; bytesIn: number; bytesOut: number } {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    const seconds = first && last ? (last.now - first.now) / 1000 : 0;
    const rate = (name: 'commands' | 'bytesIn' | 'bytesOut') =>
      seconds > 0 ? Math.max(0, (last![name] - first![name]) / seconds) : 0;
    return { commands: rate('commands'), bytesIn: rate('bytesIn'), bytesOut: rate('bytesOut') };
  }
}

interface Sample {
  readonly now: number;
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}
