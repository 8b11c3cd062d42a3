/**
 * Durations and rates as Stalwart's configuration writes them: one number and one unit of d, h, m, s or
 * ms in any case, spaces allowed around both; a bare number is milliseconds. "1.5s", "1h30m", "-1s" and
 * "0s" are no durations. A rate is "N / period". Both parsers answer undefined for anything else: who
 * asked knows what to say.
 */
const UNIT_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// Blanks can be read in one way only: many of them, from a client, would otherwise take very long.
const DURATION = /^\s*(\d+)\s*(?:(d|h|m|s|ms)\s*)?$/i;

/** Milliseconds, at least 1; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  const ms = Number(parts[1]) * UNIT_MS[(parts[2] ?? '').toLowerCase()]!;
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

export interface ParsedRate {
  readonly requests: number;
  /** Milliseconds. */
  readonly period: number;
}

/** "100/1h": how many in which time; undefined when the text is no rate. */
export function parseRate(text: string): ParsedRate | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const count = /^\s*(\d+)\s*$/.exec(text.slice(0, slash));
  const period = parseDuration(text.slice(slash + 1));
  if (count === null || period === undefined) return undefined;
  const requests = Number(count[1]);
  return requests > 0 && Number.isSafeInteger(requests) ? { requests, period } : undefined;
}
