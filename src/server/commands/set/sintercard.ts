import type { Args } from '../../../resp/args.js';
import { CommandError, errors } from '../../errors.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { readInteger } from '../numbers.js';
import { readSets } from './access.js';
import { intersection } from './algebra.js';

export const sintercard: CommandDeclaration = {
  name: 'sintercard',
  summary: 'Intersect multiple sets and return the cardinality of the result',
  since: '7.0.0',
  group: 'set',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  arguments: ['numkeys:integer', 'key#0...', '[LIMIT limit:integer]'],
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const { args, reply } = call;
    const keys = readInteger(args, 1, NO_KEYS);
    if (keys < 1) throw NO_KEYS;
    if (keys > args.count - 2) throw TOO_MANY_KEYS;
    const limit = readLimit(args, keys + 2);
    reply.integer(intersection(readSets(call, 2, keys + 1), limit).length);
  },
};

/** LIMIT 0 is none. */
function readLimit(args: Args, from: number): number {
  let limit = 0;
  for (let i = from; i < args.count; i += 2) {
    if (args.word(i) !== 'limit' || i + 1 >= args.count) throw errors.syntax;
    limit = readInteger(args, i + 1, NEGATIVE_LIMIT);
    if (limit < 0) throw NEGATIVE_LIMIT;
  }
  return limit === 0 ? Infinity : limit;
}

const NO_KEYS = new CommandError('ERR numkeys should be greater than 0');
const TOO_MANY_KEYS = new CommandError("ERR Number of keys can't be greater than number of args");
const NEGATIVE_LIMIT = new CommandError("ERR LIMIT can't be negative");
