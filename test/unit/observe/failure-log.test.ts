import { beforeEach, expect, test } from 'vitest';
import { FailureLog } from '../../../src/observe/failure-log.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { recordingLog } from '../../harness/daemon.js';

let clock: ManualClock;
let logged: readonly Record<string, unknown>[];
let failures: FailureLog;

beforeEach(() => {
  clock = new ManualClock();
  const recording = recordingLog();
  logged = recording.logged;
  failures = new FailureLog(recording.log, clock);
});

const fail = (times: number, reason = 'down') => {
  for (let i = 0; i < times; i++) failures.failed({ map: 'users' }, 'lookup failed', reason);
};
const lines = () => logged.map(({ msg, reason, ms, times }) => ({ msg, reason, ms, times }));

test('a thousand failures are two lines, the second one when the quiet time is over', () => {
  fail(999);
  fail(1, 'still down');
  expect(lines()).toEqual([{ msg: 'lookup failed', reason: 'down' }]);
  clock.advance(9_999);
  expect(lines()).toHaveLength(1);
  clock.advance(1);
  expect(lines()[1]).toEqual({ msg: 'lookup failed', reason: 'still down', times: 999 });
});

test('failures that go on are one line per quiet time, none of them forgotten', () => {
  for (let second = 0; second < 60; second++) {
    fail(10);
    clock.advance(1_000);
  }
  expect(lines()).toHaveLength(7);
  expect(lines().reduce((sum, { times }) => sum + Number(times ?? 1), 0)).toBe(600);
});

test('after a quiet time without any the next is told at once, and no timer is left', () => {
  fail(1);
  clock.advance(10_000);
  expect(clock.pending).toBe(0);
  fail(1);
  expect(lines()).toEqual([
    { msg: 'lookup failed', reason: 'down' },
    { msg: 'lookup failed', reason: 'down' },
  ]);
});

test('what fails in different ways is told apart', () => {
  failures.failed({ map: 'a' }, 'lookup failed', 'x');
  failures.failed({ map: 'b' }, 'lookup failed', 'x');
  failures.failed({ map: 'b' }, 'commit failed', 'x');
  expect(logged).toHaveLength(3);
});

test('what takes as long as the threshold is slow', () => {
  failures.took({ map: 'users' }, 'lookup', 1e9);
  failures.slowFrom = 500;
  failures.took({ map: 'users' }, 'lookup', 499.9);
  expect(logged).toEqual([]);
  failures.took({ map: 'users' }, 'lookup', 500);
  failures.took({ map: 'users' }, 'lookup', 750.4);
  failures.flush();
  expect(lines()).toEqual([
    { msg: 'slow lookup', ms: 500 },
    { msg: 'slow lookup', ms: 750, times: 1 },
  ]);
});
