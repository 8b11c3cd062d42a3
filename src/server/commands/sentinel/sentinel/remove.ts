import { namedPrimary, saveAndReply, sentinelCommand } from '../with-sentinel.js';

export const remove = sentinelCommand(
  {
    name: 'remove',
    summary: 'Stop monitoring',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => {
    const primary = namedPrimary(call, sentinel);
    sentinel.events.about('warning', '-monitor', primary);
    sentinel.removePrimary(primary);
    saveAndReply(call, sentinel);
  },
);
