import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { consumers } from './consumers.js';
import { groups } from './groups.js';
import { stream } from './stream.js';

const HELP = `
CONSUMERS <key> <groupname>
    Show consumers of <groupname>.
GROUPS <key>
    Show the stream consumer groups.
STREAM <key> [FULL [COUNT <count>]
    Show information about the stream.
`;

export const xinfo: CommandDeclaration = {
  name: 'xinfo',
  summary: 'A container for stream introspection commands',
  since: '5.0.0',
  group: 'stream',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [consumers, groups, helpCommand('xinfo', '5.0.0', 'stream', HELP), stream],
};
