import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const flush: CommandDeclaration = {
  name: 'flush',
  summary: 'Deleting all functions',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions deleted',
  arguments: ['[async(ASYNC | SYNC)]'],
  arity: -2,
  flags: ['write', 'noscript'],
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw wrongSubcommand('FUNCTION', args.text(1));
    const mode = args.count > 2 ? args.word(2) : 'sync';
    if (mode !== 'sync' && mode !== 'async') {
      throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
    }
    scriptEngine(server).functions.flush();
    call.dirty++;
    reply.ok();
  },
};
