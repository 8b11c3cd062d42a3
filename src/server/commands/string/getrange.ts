import { type CommandDeclaration, oneKey } from '../command.js';
import { replySubstring } from './substring.js';

export const getrange: CommandDeclaration = {
  name: 'getrange',
  summary: 'Get a substring of the string stored at a key',
  since: '2.4.0',
  group: 'string',
  complexity:
    'O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.',
  arguments: ['key#0', 'start:integer', 'end:integer'],
  arity: 4,
  flags: ['readonly'],
  keys: oneKey,
  run: replySubstring,
};
