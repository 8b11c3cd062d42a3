import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const debug: CommandDeclaration = {
  name: 'debug',
  summary: 'Set the debug mode for executed scripts.',
  since: '3.2.0',
  group: 'scripting',
  complexity: 'O(1)',
  arguments: ['mode(YES | SYNC | NO)'],
  arity: 3,
  flags: ['noscript'],
  run({ args, reply }) {
    const mode = args.word(2);
    if (!['yes', 'sync', 'no'].includes(mode)) throw new CommandError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
    if (mode !== 'no') throw new CommandError('ERR the Lua debugger is not available');
    reply.ok();
  },
};
