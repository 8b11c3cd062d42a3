import { type CommandDeclaration, oneKey } from '../command.js';
import { runRestore } from './run-restore.js';

export const restore: CommandDeclaration = {
  name: 'restore',
  summary: 'Create a key using the provided serialized value, previously obtained using DUMP.',
  since: '2.6.0',
  group: 'generic',
  complexity:
    'O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).',
  history: [
    '3.0.0 Added the `REPLACE` modifier.',
    '5.0.0 Added the `ABSTTL` modifier.',
    '5.0.0 Added the `IDLETIME` and `FREQ` options.',
  ],
  arguments: [
    'key#0',
    'ttl:integer',
    'serialized-value',
    '[REPLACE@3.0.0]',
    '[ABSTTL@5.0.0]',
    '[IDLETIME seconds:integer@5.0.0]',
    '[FREQ frequency:integer@5.0.0]',
  ],
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['dangerous'],
  keys: oneKey,
  run: runRestore,
};
