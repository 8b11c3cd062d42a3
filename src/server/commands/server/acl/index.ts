import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { cat } from './cat.js';
import { deluser } from './deluser.js';
import { dryrun } from './dryrun.js';
import { genpass } from './genpass.js';
import { getuser } from './getuser.js';
import { list } from './list.js';
import { load } from './load.js';
import { log } from './log.js';
import { save } from './save.js';
import { setuser } from './setuser.js';
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
DELUSER <username> [<username> ...]
    Delete a list of users.
DRYRUN <username> <command> [<arg> ...]
    Returns whether the user can execute the given command without executing the command.
GETUSER <username>
    Get the user's details.
GENPASS [<bits>]
    Generate a secure 256-bit user password. The optional \`bits\` argument can
    be used to specify a different size.
LIST
    Show users details in config file format.
LOAD
    Reload users from the ACL file.
LOG [<count> | RESET]
    Show the ACL log entries.
SAVE
    Save the current config to the ACL file.
SETUSER <username> <attribute> [<attribute> ...]
    Create or modify a user with the specified attributes.
USERS
    List all the registered usernames.
WHOAMI
    Return the current connection username.
`,
);

export const acl: CommandDeclaration = {
  name: 'acl',
  summary: 'A container for Access List Control commands ',
  since: '6.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [cat, deluser, dryrun, genpass, getuser, help, list, load, log, save, setuser, users, whoami],
};
