import type { CommandDeclaration } from '../../command.js';
import { countSubscribers } from '../subscriptions.js';

export const numsub: CommandDeclaration = {
  name: 'numsub',
  summary: 'Get the count of subscribers for channels',
  since: '2.8.0',
  group: 'pubsub',
  complexity: 'O(N) for the NUMSUB subcommand, where N is the number of requested channels',
  arguments: ['[channel...]'],
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  run: (call) => countSubscribers(call, call.server.pubsub.channels),
};
