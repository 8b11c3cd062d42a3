import { sentinelCommand } from '../with-sentinel.js';

export const myid = sentinelCommand(
  { name: 'myid', summary: 'Get the Sentinel instance ID', since: '6.2.0', arity: 2 },
  ({ reply }, { myId }) => reply.bulk(myId),
);
