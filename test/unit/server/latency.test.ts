import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/resp/reply.js';
import { adviceOn, type LatencyFacts } from '../../../src/server/latency/advice.js';
import { latencyGraph } from '../../../src/server/latency/graph.js';
import { LatencyHistogram } from '../../../src/server/latency/histogram.js';
import { LatencyMonitor } from '../../../src/server/latency/monitor.js';
import { doctorReport } from '../../../src/server/latency/report.js';
import { Server } from '../../../src/server/server.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { temporaryFolder } from '../../harness/folder.js';

describe('a histogram', () => {
  it('counts calls up to bounds that double', () => {
    const histogram = new LatencyHistogram();
    for (const micros of [0.2, 0.9, 1.5, 3, 3.9, 30, 4_000_000]) histogram.record(micros);
    expect([...histogram.cumulative()]).toEqual([
      [1, 2],
      [2, 3],
      [4, 5],
      [33, 6],
      [1_082_130, 7],
    ]);
    expect(histogram.count).toBe(7);
  });

  it.each([
    [50, 50.175],
    [99, 99.327],
    [100, 100.351],
    [0, 1.003],
  ])('knows percentile %d to two digits', (percent, micros) => {
    const histogram = new LatencyHistogram();
    for (let i = 1; i <= 100; i++) histogram.record(i);
    expect(histogram.percentile(percent)).toBe(micros);
  });
});

const facts: LatencyFacts = {
  threshold: 100,
  slowlogThreshold: 10_000,
  appendFsync: 'everysec',
  noFsyncOnRewrite: false,
  maxMemory: 0,
  load: 0.5,
  processors: 2,
};

describe('advice', () => {
  it.each([
    ['command', {}, 'SLOWLOG GET'],
    ['command', { slowlogThreshold: -1 }, 'slowlog-log-slower-than 100000 makes'],
    ['command', { slowlogThreshold: 200_000 }, 'begins at 200000 microseconds'],
    ['fast-command', {}, 'intrinsic-latency'],
    ['fast-command', { load: 5 }, 'a load of 5.0 on 2 processors'],
    ['expire-cycle', {}, 'expire in the same moment'],
    ['eviction-cycle', { maxMemory: 1000 }, 'maxmemory is 1000 bytes'],
    ['aof-fsync-always', { appendFsync: 'always' }, 'everysec waits for none'],
    ['aof-write-active-child', {}, 'no-appendfsync-on-rewrite'],
    ['aof-write-pending-fsync', {}, 'waits for its disk'],
  ] as const)('on %s with %o', (event, changed, told) => {
    expect(adviceOn(event, { ...facts, ...changed }).join('\n')).toContain(told);
  });

  it('is not given where settings have nothing to do with it', () => {
    expect(adviceOn('eviction-cycle', facts)).toEqual([]);
    expect(adviceOn('aof-write-active-child', { ...facts, noFsyncOnRewrite: true }).join()).not.toContain('on-rewrite');
    expect(adviceOn('nosuch', facts)).toEqual([]);
  });
});

describe('the monitor', () => {
  function observed(): { monitor: LatencyMonitor; clock: ManualClock } {
    const clock = new ManualClock();
    const monitor = new LatencyMonitor({ latencyThreshold: 100 }, clock);
    for (const [after, took] of [
      [0, 300.7],
      [10, 200],
      [0, 99.9],
      [1_000, 500],
      [61_000, 120],
    ] as const) {
      clock.advance(after);
      monitor.observe('command', took);
    }
    return { monitor, clock };
  }

  it('keeps the worst of each second that reached the threshold', () => {
    const { monitor } = observed();
    const { samples, worst } = monitor.get('command')!;
    expect(samples.map(({ latency }) => latency)).toEqual([300, 500, 120]);
    expect(worst).toBe(500);
    expect([monitor.reset(['nothing']), monitor.reset([]), monitor.names()]).toEqual([0, 1, []]);
  });

  it('is reported', () => {
    const { monitor, clock } = observed();
    expect(doctorReport(monitor, facts, clock.now())).toContain(
      'command: 3 latency spikes (average 306ms, mean deviation 128ms, period 20.67 sec). Worst all time event 500ms.',
    );
    expect(doctorReport(monitor, { ...facts, threshold: 0 }, clock.now())).toContain('3 latency spikes');
    monitor.reset([]);
    expect(doctorReport(monitor, facts, clock.now())).toContain('no latency spike was observed');
    expect(doctorReport(monitor, { ...facts, threshold: 0 }, clock.now())).toContain('Latency monitoring is disabled');
  });

  it('is drawn', () => {
    const { monitor, clock } = observed();
    expect(latencyGraph('command', monitor.get('command')!, clock.now()).split('\n')).toEqual([
      'command - high 500 ms, low 120 ms (all time high 500 ms)',
      '-'.repeat(80),
      ' # ',
      ' | ',
      '#| ',
      '||_',
      '',
      '110',
      'mms',
      '',
      '',
    ]);
  });
});

it('a server tells how long its commands took, subcommands by themselves', async () => {
  const server = new Server({ settings: { enableDebug: 'yes' } });
  const session = server.session();
  session.run('CLIENT', 'ID');
  session.run('SET', 'a', 'b');
  const histogram = session.run('LATENCY', 'HISTOGRAM', 'client', 'nosuch', 'set') as ReadonlyMap<Reply, Reply>;
  expect([...histogram.keys()].map(String)).toEqual(['client|id', 'set']);
  session.run('CONFIG', 'SET', 'latency-monitor-threshold', '1');
  session.run('DEBUG', 'SLEEP', '0.002');
  expect(String((session.run('LATENCY', 'LATEST') as Reply[][])[0]![0])).toBe('command');
  session.run('CONFIG', 'SET', 'latency-tracking', 'no');
  session.run('CONFIG', 'RESETSTAT');
  session.run('SET', 'a', 'b');
  expect((session.run('LATENCY', 'HISTOGRAM') as ReadonlyMap<Reply, Reply>).size).toBe(0);
  await server.close();
});

describe('a server with a threshold that everything reaches', () => {
  const settings = { latencyThreshold: 1e-6, enableDebug: 'yes' } as const;

  it('knows how long the append-only file took', async () => {
    await using folder = await temporaryFolder();
    const directives = { dir: folder.path, appendonly: 'yes', appendfsync: 'always' };
    const server = await Server.start({ settings, directives });
    server.session().run('SET', 'key', 'value');
    server.appendOnlyFile.appender.flush();
    expect(server.latency.names()).toEqual(
      expect.arrayContaining(['aof-write', 'aof-write-alone', 'aof-fsync-always']),
    );
    await server.close();
  });

  it('knows how long evictions took', async () => {
    const server = new Server({ settings: { ...settings, maxMemoryPolicy: 'allkeys-random' } });
    const session = server.session();
    session.run('DEBUG', 'POPULATE', '1000');
    server.settings.maxMemory = server.usedMemory - 1000;
    session.run('SET', 'key', 'value');
    expect(server.latency.names()).toEqual(expect.arrayContaining(['eviction-cycle', 'eviction-del']));
    await server.close();
  });
});
