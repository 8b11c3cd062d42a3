import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { get } from './get.js';
import { resetstat } from './resetstat.js';
import { rewrite } from './rewrite.js';
import { set } from './set.js';

const help = helpCommand(
  'config',
  '5.0.0',
  'server',
  `
GET <pattern>
    Return parameters matching the glob-like <pattern> and their values.
SET <directive> <value>
    Set the configuration <directive> to <value>.
RESETSTAT
    Reset statistics reported by the INFO command.
REWRITE
    Rewrite the configuration file.
`,
);

export const config: CommandDeclaration = {
  name: 'config',
  summary: 'A container for server configuration commands',
  since: '2.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [get, help, resetstat, rewrite, set],
};
