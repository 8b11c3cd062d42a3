import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { IN_A_PIPELINE, refuseWithoutSocket } from '../debug-session.js';

export const debug: CommandDeclaration = {
  name: 'debug',
  summary: 'Set the debug mode for executed scripts.',
  since: '3.2.0',
  group: 'scripting',
  complexity: 'O(1)',
  arguments: ['mode(YES | SYNC | NO)'],
  arity: 3,
  flags: ['noscript'],
  run({ args, reply, session }) {
    if ((session.peer.socket?.buffered ?? 0) > 0) throw IN_A_PIPELINE;
    const mode = args.word(2);
    if (!['yes', 'sync', 'no'].includes(mode)) throw new CommandError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
    if (mode === 'yes') throw NOT_BESIDE;
    if (mode === 'sync') refuseWithoutSocket(session);
    session.debugsScripts = mode === 'sync';
    reply.ok();
  },
};

/** Redis forks for it, and forgets what the script has changed. */
const NOT_BESIDE = new CommandError(
  'ERR Scripts are debugged in this process only, where what they change stays: use SCRIPT DEBUG SYNC',
);
