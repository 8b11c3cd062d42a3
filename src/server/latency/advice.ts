/** What LATENCY DOCTOR goes by, beside the spikes. */
export interface LatencyFacts {
  /** `latency-monitor-threshold`, in milliseconds. */
  readonly threshold: number;
  /** Microseconds; negative: there is no slow log. */
  readonly slowlogThreshold: number;
  readonly appendFsync: 'always' | 'everysec' | 'no';
  readonly noFsyncOnRewrite: boolean;
  /** Bytes; 0: no limit. */
  readonly maxMemory: number;
  /** Load of the machine over the last minute, and its processors. */
  readonly load: number;
  readonly processors: number;
}

/** What to do about spikes of an event, where there is something to do. */
export function adviceOn(event: string, facts: LatencyFacts): string[] {
  const advice = ADVICE[event] ?? (event.startsWith('aof-') ? ON_DISK : []);
  return advice.map((give) => give(facts)).filter((text) => text !== undefined);
}

type Advice = (facts: LatencyFacts) => string | undefined;

const slowLog: Advice = ({ slowlogThreshold, threshold }) => {
  const wanted = threshold * 1000;
  if (slowlogThreshold < 0) return `There is no slow log: CONFIG SET slowlog-log-slower-than ${wanted} makes one.`;
  if (slowlogThreshold > wanted) {
    return `The slow log begins at ${slowlogThreshold} microseconds, above what counts as a spike: CONFIG SET slowlog-log-slower-than ${wanted}.`;
  }
  return 'SLOWLOG GET names the commands that took long.';
};

const largeValues: Advice = () =>
  'Commands on whole values take as long as these are large: SCAN, HSCAN, LRANGE in pieces instead of KEYS, HGETALL, LRANGE of everything.';

const busyMachine: Advice = ({ load, processors }) =>
  load > processors
    ? `The machine has more to do than it can: a load of ${load.toFixed(1)} on ${processors} processors. Other programs take the time.`
    : 'Commands that do little waited: for garbage collection, or for a processor. redis-cli --intrinsic-latency 100 tells what the machine itself adds.';

const manyExpire: Advice = () =>
  'Many keys expire in the same moment: a random part in their times to live spreads them.';

const manyEvicted: Advice = ({ maxMemory }) =>
  maxMemory > 0
    ? `maxmemory is ${maxMemory} bytes, and much had to go at once: it was lowered, or large values came. A higher limit, or lowering it in steps, leaves time between evictions.`
    : undefined;

const localDisk: Advice = () =>
  'The append-only file waits for its disk: one on the same machine, with less other work, answers sooner.';

const relaxedSync: Advice = ({ appendFsync }) =>
  appendFsync === 'always'
    ? 'appendfsync is always, so every turn waits for the disk; everysec waits for none, and a crash of the machine costs a second.'
    : undefined;

const syncWhileSaving: Advice = ({ noFsyncOnRewrite }) =>
  noFsyncOnRewrite
    ? undefined
    : 'A snapshot was written at the same time. no-appendfsync-on-rewrite yes leaves out the syncs meanwhile, where so much may be lost in a crash.';

const ON_DISK: readonly Advice[] = [localDisk];

const ADVICE: Readonly<Record<string, readonly Advice[]>> = {
  command: [slowLog, largeValues],
  'command-unblocking': [largeValues],
  'fast-command': [busyMachine],
  'expire-cycle': [manyExpire],
  'eviction-cycle': [manyEvicted],
  'eviction-del': [largeValues],
  'aof-fsync-always': [relaxedSync, localDisk],
  'aof-write-active-child': [syncWhileSaving, localDisk],
};
