import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { OwnTime } from '../own-time.js';

/**
 * Loaded beside the bundled server. Answers each message, the bounds of a histogram, with the delays of its event loop since the last one, in
 * milliseconds: how late a timer of a millisecond was, without the time in which this thread could have run and the system
 * let others (Linux tells); and the longest of what was the server's own: processor time of this thread, what it
 * waited for in calls to the file system, and collections of garbage, which wait for other threads. A machine that is itself a
 * guest of another is stopped in the midst of a turn, or of a wait for the next: that is in the first, and not in the other.
 */
const time = new OwnTime();
/** A timer's run after the other. */
let intervals = [];
let collections = [];
/** Milliseconds in calls that wait, in this interval. */
let waited = 0;
/** Milliseconds from which on a call may have waited. */
const WORTH_IT = 0.1;
let began = performance.now();

function tick() {
  const ended = performance.now();
  // To look at the time may take some as well.
  const own = waited;
  const { turn, processor } = time.stop();
  intervals.push({ began, ended, late: Math.max(0, turn - 1), own: own + processor });
  wait();
}

function wait() {
  restart();
  setTimeout(tick, 1).unref();
}

function restart() {
  waited = 0;
  began = performance.now();
  time.start();
}

/** What may keep this thread without its processor time, which counts twice where it takes some. */
function watchWaits() {
  for (const name of Object.keys(fs).filter((key) => key.endsWith('Sync'))) watch(fs, name);
  syncBuiltinESMExports();
  watch(Atomics, 'wait');
}

function watch(object, name) {
  const call = object[name];
  object[name] = function (...args) {
    const called = performance.now();
    try {
      return call.apply(this, args);
    } finally {
      const took = performance.now() - called;
      if (took > WORTH_IT && !isSocket(args[0])) waited += took;
    }
  };
}

/** What is written to a socket is taken at once or not at all. */
function isSocket(descriptor) {
  try {
    return typeof descriptor === 'number' && fs.fstatSync(descriptor).isSocket();
  } catch {
    // It has just been closed.
    return false;
  }
}

function watchCollections() {
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
}

/** Tells of one interval after the other how many milliseconds of collections are within it. */
function collecting() {
  // One within another is told first.
  collections.sort((a, b) => a.startTime - b.startTime);
  let next = 0;
  return ({ began: from, ended: to }) => {
    while (next < collections.length && collections[next].startTime + collections[next].duration <= from) next++;
    let sum = 0;
    for (let i = next; i < collections.length && collections[i].startTime < to; i++) {
      const { startTime, duration } = collections[i];
      sum += Math.max(0, Math.min(to, startTime + duration) - Math.max(from, startTime));
    }
    return sum;
  };
}

/** How many are up to each of the bounds and more than the one before; the last: how many are more than all. */
function histogram(values, bounds) {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  for (const value of values) {
    const found = bounds.findIndex((bound) => value <= bound);
    counts[found < 0 ? bounds.length : found]++;
  }
  return counts;
}

function answer(bounds) {
  const collected = collecting();
  const all = intervals.map((interval) => ({
    late: interval.late,
    own: Math.min(interval.late, interval.own + (interval.late > 1 ? collected(interval) : 0)),
  }));
  intervals = [];
  collections = [];
  const sorted = all.map(({ late }) => late).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  const longestOwn = all.reduce((longest, { own }) => Math.max(longest, own), 0);
  const own = histogram(
    all.map((one) => one.own),
    bounds,
  );
  const late = histogram(sorted, bounds);
  process.send({ median: at(0.5), p99: at(0.99), longest: at(1), longestOwn, late, own });
  // What this has taken is none of the server's.
  restart();
}

watchWaits();
watchCollections();
wait();
// Collections are told in a later turn.
process.on('message', (bounds) => setImmediate(() => setImmediate(answer, bounds)));
process.channel.unref();
