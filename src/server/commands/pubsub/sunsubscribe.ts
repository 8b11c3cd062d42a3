import { allKeys, type CommandDeclaration } from '../command.js';
import { unsubscribe } from './subscriptions.js';

export const sunsubscribe: CommandDeclaration = {
  name: 'sunsubscribe',
  summary: 'Stop listening for messages posted to the given shard channels',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of clients already subscribed to a shard channel.',
  arguments: ['[shardchannel...]'],
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  keys: allKeys,
  run: (call) => unsubscribe(call, 'shardChannels', 'sunsubscribe'),
};
