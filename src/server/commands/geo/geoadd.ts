import { Args } from '../../../resp/args.js';
import { scoreTextOf } from '../../data/geohash.js';
import { errors } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { zadd } from '../sorted-set/zadd.js';
import { readPoint } from './units.js';

export const geoadd: CommandDeclaration = {
  name: 'geoadd',
  summary: 'Add one or more geospatial items in the geospatial index represented using a sorted set',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(log(N)) for each item added, where N is the number of elements in the sorted set.',
  history: ['6.2.0 Added the `CH`, `NX` and `XX` options.'],
  arguments: [
    'key#0',
    '[condition(NX | XX)@6.2.0]',
    '[change"CH"@6.2.0]',
    'longitude_latitude_member(longitude:double, latitude:double, member)...',
  ],
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const words = asZadd(call);
    const own = call.args;
    call.args = Args.from(words);
    zadd.run!(call);
    call.args = own;
    call.propagate(...words);
  },
};

/** The ZADD that adds the members with the scores of their places. */
function asZadd({ args }: Call): string[] {
  const options: string[] = [];
  while (2 + options.length < args.count) {
    const word = args.word(2 + options.length);
    if (word !== 'nx' && word !== 'xx' && word !== 'ch') break;
    options.push(word);
  }
  const first = 2 + options.length;
  const isContradiction = options.includes('nx') && options.includes('xx');
  if ((args.count - first) % 3 !== 0 || first === args.count || isContradiction) throw errors.syntax;
  const words = ['zadd', args.text(1), ...args.texts(2, first)];
  for (let i = first; i < args.count; i += 3) {
    words.push(scoreTextOf(readPoint(args, i)), args.text(i + 2));
  }
  return words;
}
