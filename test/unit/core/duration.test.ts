import { describe, expect, it } from 'vitest';
import { parseDuration, parseRate } from '../../../src/core/duration.js';

describe('parseDuration', () => {
  it.each([
    ['10s', 10_000],
    ['500ms', 500],
    ['5M', 300_000],
    [' 1 h ', 3_600_000],
    ['30d', 2_592_000_000],
    ['250', 250],
  ])('reads %j as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 's', '0s', '0', '-1s', '1.5s', '1h30m', '1 w', '10 s x', '9007199254740993', '1e3', 'never'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads blanks in one way only, however many there are', () => {
    const blanks = ' '.repeat(1_000_000);
    expect(parseDuration(`${blanks}1${blanks}h${blanks}`)).toBe(3_600_000);
    expect(parseDuration(`1${blanks}x`)).toBeUndefined();
    expect(parseDuration(`1${blanks}h${blanks}x`)).toBeUndefined();
  });
});

describe('parseRate', () => {
  it.each([
    ['5/1m', { requests: 5, period: 60_000 }],
    [' 100 / 1 h ', { requests: 100, period: 3_600_000 }],
    ['1/500', { requests: 1, period: 500 }],
  ])('reads %j', (text, rate) => {
    expect(parseRate(text)).toEqual(rate);
  });

  it.each(['5', '/1m', '5/', '0/1m', '5/0s', '5/1m/2', '-5/1m', 'x/1m'])('refuses %j', (text) => {
    expect(parseRate(text)).toBeUndefined();
  });
});
