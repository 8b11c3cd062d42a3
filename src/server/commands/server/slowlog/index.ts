import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { get } from './get.js';
import { len } from './len.js';
import { reset } from './reset.js';

const help = helpCommand(
  'slowlog',
  '6.2.0',
  'server',
  `
GET [<count>]
    Return top <count> entries from the slowlog (default: 10, -1 mean all).
    Entries are made of:
    id, timestamp, time in microseconds, arguments array, client IP and port,
    client name
LEN
    Return the length of the slowlog.
RESET
    Reset the slowlog.
`,
);

export const slowlog: CommandDeclaration = {
  name: 'slowlog',
  summary: 'A container for slow log commands',
  since: '2.2.12',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [get, help, len, reset],
};
