import { type CommandDeclaration, oneKey } from '../command.js';
import { setFields } from './set-fields.js';

export const hset: CommandDeclaration = {
  name: 'hset',
  summary: 'Set the string value of a hash field',
  since: '2.0.0',
  group: 'hash',
  complexity:
    'O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.',
  history: ['4.0.0 Accepts multiple `field` and `value` arguments.'],
  arguments: ['key#0', 'field_value(field, value)...'],
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    call.reply.integer(setFields(call));
  },
};
