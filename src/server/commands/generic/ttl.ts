import { type CommandDeclaration, oneKey } from '../command.js';
import { replyExpiry } from './reply-expiry.js';

export const ttl: CommandDeclaration = {
  name: 'ttl',
  summary: 'Get the time to live for a key in seconds',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['2.8.0 Added the -2 reply.'],
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyExpiry(call, 1000, false);
  },
};
