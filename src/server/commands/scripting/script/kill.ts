import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

/** Scripts end by their time limit; none can be running when a command is read. */
export const kill: CommandDeclaration = {
  name: 'kill',
  summary: 'Kill the script currently in execution.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  run() {
    throw new CommandError('NOTBUSY No scripts in execution right now.');
  },
};
