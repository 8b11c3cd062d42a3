import { allKeys, type CommandDeclaration } from '../command.js';
import { subscribe } from './subscriptions.js';

export const ssubscribe: CommandDeclaration = {
  name: 'ssubscribe',
  summary: 'Listen for messages published to the given shard channels',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of shard channels to subscribe to.',
  arguments: ['shardchannel...'],
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  keys: allKeys,
  run: (call) => subscribe(call, 'shardChannels', 'ssubscribe'),
};
