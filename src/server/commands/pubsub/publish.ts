import { Target } from '../../effects.js';
import type { CommandDeclaration } from '../command.js';

export const publish: CommandDeclaration = {
  name: 'publish',
  summary: 'Post a message to a channel',
  since: '2.0.0',
  group: 'pubsub',
  complexity:
    'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
  arguments: ['channel', 'message'],
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  run(call) {
    const { args, reply, server } = call;
    if (server.cluster === undefined) call.told = Target.replicas;
    else server.cluster.bus.publish(args.text(1), args.text(2));
    reply.integer(server.pubsub.publish(args.text(1), args.text(2)));
  },
};
