import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const caching: CommandDeclaration = {
  name: 'caching',
  summary: 'Instruct the server about tracking or not keys in the next request',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run() {
    throw new CommandError(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    );
  },
};
