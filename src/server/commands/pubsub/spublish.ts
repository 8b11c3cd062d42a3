import { Target } from '../../effects.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const spublish: CommandDeclaration = {
  name: 'spublish',
  summary: 'Post a message to a shard channel',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
  arguments: ['shardchannel', 'message'],
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply, server } = call;
    if (server.cluster === undefined) call.told = Target.replicas;
    else server.cluster.bus.publishShard(args.text(1), args.text(2));
    reply.integer(server.pubsub.publishShard(args.text(1), args.text(2)));
  },
};
