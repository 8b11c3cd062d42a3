import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { count } from './count.js';
import { docs } from './docs.js';
import { getkeys } from './getkeys.js';
import { getkeysandflags } from './getkeysandflags.js';
import { describeAll, info } from './info.js';
import { list } from './list.js';

const help: CommandDeclaration = {
  ...helpCommand(
    'command',
    '5.0.0',
    'server',
    `
(no subcommand)
    Return details about all Redis commands.
COUNT
    Return the total number of commands in this Redis server.
LIST
    Return a list of all commands in this Redis server.
INFO [<command-name> ...]
    Return details about multiple Redis commands.
    If no command names are given, documentation details for all
    commands are returned.
DOCS [<command-name> ...]
    Return documentation details about multiple Redis commands.
    If no command names are given, documentation details for all
    commands are returned.
GETKEYS <full-command>
    Return the keys from a full Redis command.
GETKEYSANDFLAGS <full-command>
    Return the keys and the access flags from a full Redis command.
`,
  ),
  categories: ['connection'],
};

export const command: CommandDeclaration = {
  name: 'command',
  summary: 'Get array of Redis command details',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the total number of Redis commands',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  subcommands: [count, docs, getkeys, getkeysandflags, help, info, list],
  run: describeAll,
};
