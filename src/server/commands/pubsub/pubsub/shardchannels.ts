import { globMatches } from '../../../../core/glob.js';
import type { CommandDeclaration } from '../../command.js';
import { listChannels } from '../subscriptions.js';

export const shardchannels: CommandDeclaration = {
  name: 'shardchannels',
  summary: 'List active shard channels',
  since: '7.0.0',
  group: 'pubsub',
  complexity:
    'O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).',
  arguments: ['[pattern:pattern]'],
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  run: (call) => listChannels(call, call.server.pubsub.shardChannels.keys(), globMatches),
};
