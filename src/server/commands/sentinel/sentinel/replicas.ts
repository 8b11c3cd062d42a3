import { describeInstances } from '../describe-instance.js';
import { namedPrimary, sentinelCommand } from '../with-sentinel.js';

export const replicas = sentinelCommand(
  {
    name: 'replicas',
    summary: 'List the monitored replicas',
    since: '5.0.0',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => describeInstances(call.reply, sentinel, namedPrimary(call, sentinel).replicas.values()),
);
