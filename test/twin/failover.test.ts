import { twinSuite } from '../harness/twin.js';

/** What cannot be asked for; e2e/failover.test.ts has what can. */
twinSuite(
  'FAILOVER',
  {
    'refuses what it cannot read': [
      'FAILOVER ABORT',
      'FAILOVER ABORT TIMEOUT 10',
      'FAILOVER x',
      'FAILOVER TO host',
      'FAILOVER TO host port',
      'FAILOVER TIMEOUT',
      'FAILOVER TIMEOUT x',
      'FAILOVER TIMEOUT 0',
      'FAILOVER TIMEOUT -1',
      'FAILOVER TIMEOUT 1 TIMEOUT 2',
      'FAILOVER TO a 1 TO b 2',
      'FAILOVER FORCE FORCE',
      'FAILOVER ABORT ABORT',
      'PSYNC ? -1 FAILOVER',
    ],
  },
  { skip: ['events', 'effects', 'dataset'], protocols: [2] },
);
