import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const delete_: CommandDeclaration = {
  name: 'delete',
  summary: 'Delete a function by name',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  arguments: ['library-name'],
  arity: 3,
  flags: ['write', 'noscript'],
  run(call) {
    const { args, reply, server } = call;
    if (!scriptEngine(server).functions.delete(args.text(2))) throw new CommandError('ERR Library not found');
    call.dirty++;
    reply.ok();
  },
};
