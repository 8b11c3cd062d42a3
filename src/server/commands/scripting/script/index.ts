import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { debug } from './debug.js';
import { exists } from './exists.js';
import { flush } from './flush.js';
import { kill } from './kill.js';
import { load } from './load.js';

const help = helpCommand(
  'script',
  '5.0.0',
  'scripting',
  `
DEBUG (YES|SYNC|NO)
    Set the debug mode for subsequent scripts executed.
EXISTS <sha1> [<sha1> ...]
    Return information about the existence of the scripts in the script cache.
FLUSH [ASYNC|SYNC]
    Flush the Lua scripts cache. Very dangerous on replicas.
    When called without the optional mode argument, the behavior is determined by the
    lazyfree-lazy-user-flush configuration directive. Valid modes are:
    * ASYNC: Asynchronously flush the scripts cache.
    * SYNC: Synchronously flush the scripts cache.
KILL
    Kill the currently executing Lua script.
LOAD <script>
    Load a script into the scripts cache without executing it.
`,
);

export const script: CommandDeclaration = {
  name: 'script',
  summary: 'A container for Lua scripts management commands',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [debug, exists, flush, help, kill, load],
};
