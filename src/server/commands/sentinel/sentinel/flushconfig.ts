import { saveAndReply, sentinelCommand } from '../with-sentinel.js';

export const flushconfig = sentinelCommand(
  { name: 'flushconfig', summary: 'Rewrite configuration file', since: '2.8.4', arity: 2 },
  saveAndReply,
);
