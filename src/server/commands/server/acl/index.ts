import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { cat } from './cat.js';
import { genpass } from './genpass.js';
import { users } from './users.js';
import { whoami } from './whoami.js';

const help = helpCommand(
  'acl',
  '6.0.0',
  'server',
  `
CAT [<category>]
    List all commands that belong to <category>, or all command categories
    when no category is specified.
GENPASS [<bits>]
    Generate a secure 256-bit user password. The optional \`bits\` argument can
    be used to specify a different size.
USERS
    List all the registered usernames.
WHOAMI
    Return the current connection username.
`,
);

/** There is one user, "default", who may do everything; subcommands that change users do not exist yet. */
export const acl: CommandDeclaration = {
  name: 'acl',
  summary: 'A container for Access List Control commands ',
  since: '6.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [cat, genpass, help, users, whoami],
};
