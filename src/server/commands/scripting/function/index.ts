import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { flush } from './flush.js';
import { kill } from './kill.js';
import { list } from './list.js';
import { load } from './load.js';

const help = helpCommand(
  'function',
  '7.0.0',
  'scripting',
  `
KILL
    Kill the currently executing function.
LIST [LIBRARYNAME PATTERN] [WITHCODE]
    Return general information on all the libraries.
FLUSH [ASYNC|SYNC]
    Delete all the libraries.
`,
);

/** There are no functions yet: clients that clear or list them on connecting get what is true of none. */
export const function_: CommandDeclaration = {
  name: 'function',
  summary: 'A container for function commands',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [flush, help, kill, list, load],
};
