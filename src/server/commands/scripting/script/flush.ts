import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const flush: CommandDeclaration = {
  name: 'flush',
  summary: 'Remove all the scripts from the script cache.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the number of scripts in cache',
  history: ['6.2.0 Added the `ASYNC` and `SYNC` flushing mode modifiers.'],
  arguments: ['[async(ASYNC | SYNC)@6.2.0]'],
  arity: -2,
  flags: ['noscript'],
  run({ args, reply, server }) {
    const mode = args.count === 3 ? args.word(2) : 'sync';
    if (args.count > 3 || (mode !== 'sync' && mode !== 'async')) {
      throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    }
    scriptEngine(server).flush();
    reply.ok();
  },
};
