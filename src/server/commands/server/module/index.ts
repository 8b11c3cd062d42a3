import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { list } from './list.js';
import { load } from './load.js';
import { loadex } from './loadex.js';
import { unload } from './unload.js';

const help = helpCommand(
  'module',
  '5.0.0',
  'server',
  `
LIST
    Return a list of loaded modules.
LOAD <path> [<arg> ...]
    Load a module library from <path>, passing to it any optional arguments.
LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]
    Load a module library from <path>, while passing it module configurations and optional arguments.
UNLOAD <name>
    Unload a module.
`,
);

export const module: CommandDeclaration = {
  name: 'module',
  summary: 'A container for module commands',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [help, list, load, loadex, unload],
};
