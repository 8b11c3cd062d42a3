import { cpus } from 'node:os';
import type { Result } from './measure.js';

/** The results as a Markdown table, the same on the terminal and in docs/benchmarks.md. */
export function table(results: readonly Result[]): string {
  const head = '| operation | in flight | lookupd /s (CPU µs) | peer | peer /s (CPU µs) | ratio (range) | at least |';
  const rows = results.map(({ scenario, ours, peer, peerName, ratio }) => {
    const sides = [ours, peer].map((side) => `${thousands(side.perSecond)} (${microseconds(side.cpuUs)})`);
    const range = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`;
    const goal =
      scenario.atLeast === undefined
        ? 'reported'
        : `${scenario.atLeast.toFixed(2)}${verdict(ratio.median, scenario.atLeast)}`;
    return `| ${scenario.name} | ${scenario.inFlight} | ${sides[0]} | ${peerName} | ${sides[1]} | ${range} | ${goal} |`;
  });
  return [head, '|---|---|---|---|---|---|---|', ...rows].join('\n');
}

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `Node ${process.versions.node}, ${cpus().length} × ${model}`;
}

function verdict(ratio: number, goal: number): string {
  return ratio >= goal ? '' : ' (missed)';
}

/** Not every side's process can be asked. */
function microseconds(value: number | undefined): string {
  return value === undefined ? 'not measured' : value.toFixed(2);
}

export function thousands(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 1000)}k` : value.toFixed(0);
}
