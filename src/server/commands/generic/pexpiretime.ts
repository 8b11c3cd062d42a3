import { type CommandDeclaration, oneKey } from '../command.js';
import { replyExpiry } from './reply-expiry.js';

export const pexpiretime: CommandDeclaration = {
  name: 'pexpiretime',
  summary: 'Get the expiration Unix timestamp for a key in milliseconds',
  since: '7.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyExpiry(call, 1, true);
  },
};
