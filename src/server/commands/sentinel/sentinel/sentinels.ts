import { describeInstances } from '../describe-instance.js';
import { namedPrimary, sentinelCommand } from '../with-sentinel.js';

export const sentinels = sentinelCommand(
  {
    name: 'sentinels',
    summary: 'List the Sentinel instances',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => describeInstances(call.reply, sentinel, namedPrimary(call, sentinel).sentinels.values()),
);
