import { describeInstances } from '../describe-instance.js';
import { sentinelCommand } from '../with-sentinel.js';

export const masters = sentinelCommand(
  { name: 'masters', summary: 'List the monitored masters', since: '2.8.4', arity: 2 },
  ({ reply }, sentinel) => describeInstances(reply, sentinel, sentinel.primaries.values()),
);
