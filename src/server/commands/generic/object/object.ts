import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { encoding } from './encoding.js';
import { freq } from './freq.js';
import { idletime } from './idletime.js';
import { refcount } from './refcount.js';

const HELP = `
ENCODING <key>
    Return the kind of internal representation used in order to store the value
    associated with a <key>.
FREQ <key>
    Return the access frequency index of the <key>. The returned integer is
    proportional to the logarithm of the recent access frequency of the key.
IDLETIME <key>
    Return the idle time of the <key>, that is the approximated number of
    seconds elapsed since the last access to the key.
REFCOUNT <key>
    Return the number of references of the value associated with the specified
    <key>.
`;

export const object: CommandDeclaration = {
  name: 'object',
  summary: 'A container for object introspection commands',
  since: '2.2.3',
  group: 'generic',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [encoding, freq, helpCommand('object', '6.2.0', 'generic', HELP), idletime, refcount],
};
