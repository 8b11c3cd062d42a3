import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Loaded beside the bundled server: answers each message with how late a timer of a millisecond was since the last one,
 * in milliseconds, without the time in which this thread could have run and the system let others (Linux tells).
 */
const delays = [];
const waited = watchWaits();
let began = performance.now();
let waitedBefore = waited();

function tick() {
  const waitedNow = waited();
  const late = performance.now() - began - 1;
  delays.push(Math.max(0, late - (waitedNow - waitedBefore)));
  began = performance.now();
  waitedBefore = waitedNow;
  setTimeout(tick, 1).unref();
}

tick();
process.on('message', () => {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  process.send({ median: at(0.5), p99: at(0.99), longest: at(1) });
});
process.channel.unref();

/** Milliseconds since the thread's start; 0 where the system does not tell. */
function watchWaits() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    process.once('exit', () => closeSync(file));
    const bytes = Buffer.alloc(128);
    return () => Number(bytes.latin1Slice(0, readSync(file, bytes, 0, bytes.length, 0)).split(' ')[1]) / 1e6;
  } catch {
    return () => 0;
  }
}
