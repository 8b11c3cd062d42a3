import { wrongArity } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { setAll } from './mset.js';

export const msetnx: CommandDeclaration = {
  name: 'msetnx',
  summary: 'Set multiple keys to multiple values, only if none of the keys exist',
  since: '1.0.1',
  group: 'string',
  complexity: 'O(N) where N is the number of keys to set.',
  arguments: ['key_value(key#0, value)...'],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: -1, step: 2 },
  run(call) {
    const { args, db, reply } = call;
    if (args.count % 2 === 0) throw wrongArity('msetnx');
    for (let i = 1; i < args.count; i += 2) {
      if (db.write(args, i) === 0) continue;
      reply.integer(0);
      return;
    }
    setAll(call);
    reply.integer(1);
  },
};
