import type { CommandDeclaration } from '../../command.js';
import { countSubscribers } from '../subscriptions.js';

export const shardnumsub: CommandDeclaration = {
  name: 'shardnumsub',
  summary: 'Get the count of subscribers for shard channels',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels',
  arguments: ['[shardchannel...]'],
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  run: (call) => countSubscribers(call, call.server.pubsub.shardChannels),
};
