import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const load: CommandDeclaration = {
  name: 'load',
  summary: 'Create a function with the given arguments (name, code, description)',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1) (considering compilation time is redundant)',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  run() {
    throw new CommandError('ERR functions are not available yet');
  },
};
