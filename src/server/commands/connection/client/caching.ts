import { CommandError, errors } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const caching: CommandDeclaration = {
  name: 'caching',
  summary: 'Instruct the server about tracking or not keys in the next request',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['mode(YES | NO)'],
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, session: { tracked } }) {
    if (tracked === undefined) {
      throw new CommandError(
        'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
      );
    }
    const word = args.word(2);
    if (word !== 'yes' && word !== 'no') throw errors.syntax;
    if (word === 'yes' ? !tracked.optIn : !tracked.optOut) throw word === 'yes' ? ONLY_OPTIN : ONLY_OPTOUT;
    tracked.caching = true;
    reply.ok();
  },
};

const ONLY_OPTIN = new CommandError('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
const ONLY_OPTOUT = new CommandError('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
