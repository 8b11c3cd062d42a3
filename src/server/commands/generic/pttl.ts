import { type CommandDeclaration, oneKey } from '../command.js';
import { replyExpiry } from './reply-expiry.js';

export const pttl: CommandDeclaration = {
  name: 'pttl',
  summary: 'Get the time to live for a key in milliseconds',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['2.8.0 Added the -2 reply.'],
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyExpiry(call, 1, false);
  },
};
