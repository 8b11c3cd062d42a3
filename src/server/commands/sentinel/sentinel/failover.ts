import { CommandError } from '../../../errors.js';
import { namedPrimary, sentinelCommand } from '../with-sentinel.js';

export const failover = sentinelCommand(
  {
    name: 'failover',
    summary: 'Force a failover',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => {
    const primary = namedPrimary(call, sentinel);
    if (primary.isInFailover) throw IN_PROGRESS;
    if (sentinel.failover.candidate(primary) === undefined) throw NO_GOOD_REPLICA;
    sentinel.server.log('warning', `Executing user requested FAILOVER of '${primary.name}'`);
    sentinel.failover.start(primary);
    primary.flags.add('force_failover');
    call.reply.ok();
  },
);

const IN_PROGRESS = new CommandError('INPROG Failover already in progress');
const NO_GOOD_REPLICA = new CommandError('NOGOODSLAVE No suitable replica to promote');
