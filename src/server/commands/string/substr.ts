import { type CommandDeclaration, oneKey } from '../command.js';
import { replySubstring } from './substring.js';

export const substr: CommandDeclaration = {
  name: 'substr',
  summary: 'Get a substring of the string stored at a key',
  since: '1.0.0',
  group: 'string',
  complexity:
    'O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.',
  deprecated: { since: '2.0.0', use: '`GETRANGE`' },
  arguments: ['key#0', 'start:integer', 'end:integer'],
  arity: 4,
  flags: ['readonly'],
  keys: oneKey,
  run: replySubstring,
};
