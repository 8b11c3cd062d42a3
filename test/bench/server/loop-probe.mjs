import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded beside the bundled server: answers each message with the delays of the event loop since the last one, in
 * milliseconds, less the millisecond that the timer itself takes.
 */
const RESOLUTION = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
delays.enable();

const milliseconds = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);

process.on('message', () => {
  const longest = milliseconds(delays.max);
  process.send({ median: milliseconds(delays.percentile(50)), p99: milliseconds(delays.percentile(99)), longest });
  delays.reset();
});
process.channel.unref();
