import type { ReplySink } from '../../../../resp/sink.js';
import type { Primary, Replica } from '../../../sentinel/instance.js';
import { sentinelCommand } from '../with-sentinel.js';

export const infoCache = sentinelCommand(
  {
    name: 'info-cache',
    summary: 'Get cached INFO from the instances in the deployment',
    since: '3.2.0',
    arity: -3,
    arguments: ['nodename...'],
  },
  ({ args, reply }, { primaries, now }) => {
    const named = [...new Set(args.texts(2))].flatMap((name) => primaries.get(name) ?? []);
    reply.array(named.length * 2);
    for (const primary of named) {
      reply.bulk(primary.name);
      reply.array(primary.replicas.size + 1);
      for (const instance of [primary, ...primary.replicas.values()]) replyInfo(reply, instance, now);
    }
  },
);

function replyInfo(reply: ReplySink, { infoAt, info }: Primary | Replica, now: number): void {
  reply.array(2);
  reply.integer(infoAt === 0 ? 0 : now - infoAt);
  if (info === undefined) reply.nil();
  else reply.bulk(info);
}
