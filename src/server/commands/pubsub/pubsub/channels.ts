import { globMatches } from '../../../../core/glob.js';
import type { CommandDeclaration } from '../../command.js';
import { listChannels } from '../subscriptions.js';

export const channels: CommandDeclaration = {
  name: 'channels',
  summary: 'List active channels',
  since: '2.8.0',
  group: 'pubsub',
  complexity:
    'O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)',
  arguments: ['[pattern:pattern]'],
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  run: (call) => listChannels(call, call.server.pubsub.channels.keys(), globMatches),
};
