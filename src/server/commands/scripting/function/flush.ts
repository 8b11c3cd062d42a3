import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const flush: CommandDeclaration = {
  name: 'flush',
  summary: 'Deleting all functions',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions deleted',
  arity: -2,
  flags: ['write', 'noscript'],
  run({ args, reply }) {
    const mode = args.count > 2 ? args.word(2) : 'sync';
    if (args.count > 3 || (mode !== 'sync' && mode !== 'async')) {
      throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
    }
    reply.ok();
  },
};
