import { OwnTime } from '../own-time.js';

/**
 * Loaded beside the bundled server: answers each message with how late a timer of a millisecond was since the last one,
 * in milliseconds, and how much of that was for reasons of the server's own.
 */
const delays = [];
const own = [];
const time = new OwnTime();

function tick() {
  const late = time.stop();
  delays.push(Math.max(0, late.turn - 1));
  own.push(Math.min(late.own, delays.at(-1)));
  time.start();
  setTimeout(tick, 1).unref();
}

time.start();
setTimeout(tick, 1).unref();
process.on('message', () => {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  process.send({ median: at(0.5), p99: at(0.99), longest: at(1), own: Math.max(0, ...own.splice(0)) });
});
process.channel.unref();
