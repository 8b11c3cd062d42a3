import { expect, it } from 'vitest';
import { parseHello } from '../../../../src/server/sentinel/hello.js';
import { parseInfo } from '../../../../src/server/sentinel/info-report.js';

const RUN_ID = 'a'.repeat(40);

it('reads what a primary tells of itself', () => {
  const text = `# Server\r\nrun_id:${RUN_ID}\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\n`;
  const replicas =
    'slave0:ip=127.0.0.1,port=6380,state=online,offset=1,lag=0\r\nslave1:ip=::1,port=6381,state=online\r\n';
  const report = parseInfo(text + replicas);
  expect(report).toMatchObject({ runId: RUN_ID, role: 'master', primaryLinkDownFor: 0 });
  expect(report.replicas).toEqual([
    { host: '127.0.0.1', port: 6380 },
    { host: '::1', port: 6381 },
  ]);
});

it('reads how a replica stands to its primary', () => {
  const lines = [
    'role:slave',
    'master_host:10.0.0.1',
    'master_port:6379',
    'master_link_status:down',
    'master_link_down_since_seconds:7',
    'slave_repl_offset:1234',
    'slave_priority:5',
    'replica_announced:0',
  ];
  expect(parseInfo(lines.join('\r\n'))).toEqual({
    runId: undefined,
    role: 'slave',
    replicas: [],
    primaryLinkDownFor: 7000,
    primaryHost: '10.0.0.1',
    primaryPort: 6379,
    primaryLinkIsUp: false,
    priority: 5,
    offset: 1234,
    isAnnounced: false,
  });
});

it.each([
  ['slave0:10.0.0.1,6380,online', [{ host: '10.0.0.1', port: 6380 }]],
  ['slave0:ip=10.0.0.1', []],
  ['slave_priority:100', []],
  ['nonsense', []],
  ['', []],
])('finds the replicas in %j', (line, replicas) => {
  expect(parseInfo(line).replicas).toEqual(replicas);
});

it('reads a hello, and nothing else', () => {
  expect(parseHello(`10.0.0.9,26379,${RUN_ID},3,mymaster,10.0.0.1,6379,2`)).toEqual({
    ip: '10.0.0.9',
    port: 26379,
    id: RUN_ID,
    currentEpoch: 3,
    primaryName: 'mymaster',
    primaryHost: '10.0.0.1',
    primaryPort: 6379,
    configEpoch: 2,
  });
  expect(parseHello('10.0.0.9,26379')).toBeUndefined();
  expect(parseHello(',,,,,,,')).toMatchObject({ port: 0, primaryName: '' });
});
