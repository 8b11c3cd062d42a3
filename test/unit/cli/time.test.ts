import { expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/command.js';
import { formatDuration, parseTtl } from '../../../src/cli/time.js';

it.each<[number, string]>([
  [20, '20ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [1_540, '1.5s'],
  [59_990, '60s'],
  [90_500, '1m 30s'],
  [3_600_000, '1h'],
  [90_061_000, '1d 1h 1m 1s'],
])('%i ms are %s to people', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('takes durations as the configuration does', () => {
  expect(parseTtl('90s')).toBe(90_000);
  for (const text of ['', '0s', 'soon', '-1s']) expect(() => parseTtl(text)).toThrow(UsageError);
});
