import { type CommandDeclaration, oneKey } from '../command.js';
import { readHash } from './access.js';
import { replyField } from './hget.js';

export const hmget: CommandDeclaration = {
  name: 'hmget',
  summary: 'Get the values of all the given hash fields',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of fields being requested.',
  arguments: ['key#0', 'field...'],
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const hash = readHash(call, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) replyField(call, hash, i);
  },
};
