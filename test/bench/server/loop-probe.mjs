import { OwnTime } from '../own-time.js';

/**
 * Loaded beside the bundled server: answers each message with how late a timer of a millisecond was since the last one,
 * in milliseconds, without the time in which this thread could have run and the system let others (Linux tells).
 */
const delays = [];
const time = new OwnTime();

function tick() {
  delays.push(Math.max(0, time.stop().turn - 1));
  wait();
}

function wait() {
  time.start();
  setTimeout(tick, 1).unref();
}

wait();
process.on('message', () => {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  process.send({ median: at(0.5), p99: at(0.99), longest: at(1) });
});
process.channel.unref();
