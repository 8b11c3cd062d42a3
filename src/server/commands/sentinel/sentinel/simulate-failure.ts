import { CommandError } from '../../../errors.js';
import { sentinelCommand } from '../with-sentinel.js';

export const simulateFailure = sentinelCommand(
  {
    name: 'simulate-failure',
    summary: 'Simulate failover scenarios',
    since: '3.2.0',
    arity: -3,
    arguments: ['[mode(CRASH-AFTER-ELECTION | CRASH-AFTER-PROMOTION | HELP)]...'],
  },
  ({ args, reply }, { simulated, server }) => {
    simulated.crashAfterElection = false;
    simulated.crashAfterPromotion = false;
    for (let i = 2; i < args.count; i++) {
      const word = args.word(i);
      if (word === 'help') {
        reply.array(2);
        reply.bulk('crash-after-election');
        reply.bulk('crash-after-promotion');
        return;
      }
      if (word === 'crash-after-election') simulated.crashAfterElection = true;
      else if (word === 'crash-after-promotion') simulated.crashAfterPromotion = true;
      else throw new CommandError('ERR Unknown failure simulation specified');
      const when = WHEN[word];
      server.log('warning', `Failure simulation: this Sentinel will crash after ${when}`);
    }
    reply.ok();
  },
);

const WHEN = {
  'crash-after-election': 'being successfully elected as failover leader',
  'crash-after-promotion': 'promoting the selected replica to master',
} as const;
