import { type CommandDeclaration, oneKey } from '../command.js';
import { setFields } from './set-fields.js';

export const hmset: CommandDeclaration = {
  name: 'hmset',
  summary: 'Set multiple hash fields to multiple values',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of fields being set.',
  deprecated: { since: '4.0.0', use: '`HSET` with multiple field-value pairs' },
  arguments: ['key#0', 'field_value(field, value)...'],
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    setFields(call);
    call.reply.ok();
  },
};
