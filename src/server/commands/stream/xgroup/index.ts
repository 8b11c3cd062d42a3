import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { create } from './create.js';
import { createconsumer } from './createconsumer.js';
import { delconsumer } from './delconsumer.js';
import { destroy } from './destroy.js';
import { setid } from './setid.js';

const HELP = `
CREATE <key> <groupname> <id|$> [option]
    Create a new consumer group. Options are:
    * MKSTREAM
      Create the empty stream if it does not exist.
    * ENTRIESREAD entries_read
      Set the group's entries_read counter (internal use).
CREATECONSUMER <key> <groupname> <consumer>
    Create a new consumer in the specified group.
DELCONSUMER <key> <groupname> <consumer>
    Remove the specified consumer.
DESTROY <key> <groupname>
    Remove the specified group.
SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]
    Set the current group ID and entries_read counter.
`;

export const xgroup: CommandDeclaration = {
  name: 'xgroup',
  summary: 'A container for consumer groups commands',
  since: '5.0.0',
  group: 'stream',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [create, createconsumer, delconsumer, destroy, helpCommand('xgroup', '5.0.0', 'stream', HELP), setid],
};
