import { errors } from '../../errors.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { drawnCount, drawPlaces, readDraw } from '../random-draw.js';
import { readSet } from './access.js';

export const srandmember: CommandDeclaration = {
  name: 'srandmember',
  summary: 'Get one or multiple random members from a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.',
  history: ['2.6.0 Added the optional `count` argument.'],
  arguments: ['key#0', '[count:integer@2.6.0]'],
  arity: -2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw errors.syntax;
    const draw = args.count === 3 ? readDraw(args, 2) : undefined;
    const set = readSet(call, 1);
    if (draw) {
      const size = set?.size ?? 0;
      reply.array(drawnCount(draw, size));
      if (set === undefined || size === 0) return;
      for (const place of drawPlaces(draw, size, server.random)) {
        if (reply.full) break;
        reply.bulk(set.member(place));
      }
    } else if (set) reply.bulk(set.member(server.random.below(set.size)));
    else reply.nil();
  },
};
