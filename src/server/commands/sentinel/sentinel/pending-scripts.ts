import { sentinelCommand } from '../with-sentinel.js';

export const pendingScripts = sentinelCommand(
  { name: 'pending-scripts', summary: 'Get information about pending scripts', since: '2.8.4', arity: 2 },
  ({ reply }, { scripts, now }) => {
    reply.array(scripts.jobs.length);
    for (const { words, child, time, attempts } of scripts.jobs) {
      reply.map(5);
      reply.bulk('argv');
      reply.array(words.length);
      for (const word of words) reply.bulk(word);
      const fields = [
        ['flags', child === undefined ? 'scheduled' : 'running'],
        ['pid', child?.pid ?? 0],
        child === undefined ? ['run-delay', Math.max(0, time - now)] : ['run-time', now - time],
        ['retry-num', attempts],
      ] as const;
      for (const [name, value] of fields) {
        reply.bulk(String(name));
        reply.bulk(String(value));
      }
    }
  },
);
