import { describeInstance } from '../describe-instance.js';
import { namedPrimary, sentinelCommand } from '../with-sentinel.js';

export const master = sentinelCommand(
  {
    name: 'master',
    summary: 'Shows the state of a master',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => describeInstance(call.reply, sentinel, namedPrimary(call, sentinel)),
);
