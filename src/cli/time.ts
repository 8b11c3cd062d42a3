import { parseDuration } from '../core/duration.js';
import { option, UsageError } from './command.js';

/** Milliseconds of a time to live on the command line. Throws UsageError. */
export function parseTtl(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`"${text}" is no duration: write it as 500ms, 90s, 5m, 1h or 30d`);
}

export const ttlOption = option.parsed(
  '--ttl <duration>',
  parseTtl,
  'time to live: 500ms, 90s, 5m, 1h, 30d; a bare number is milliseconds',
);

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** "1h 2m 5s", "1.5s", "20ms": for people. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  const seconds = parts.length === 0 ? Math.round(rest / 100) / 10 : Math.floor(rest / 1_000);
  if (seconds > 0) parts.push(`${seconds}s`);
  return parts.join(' ');
}
