import { tellPair } from '../../data/told-run.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { drawnCount, drawPlaces, readPairDraw } from '../random-draw.js';
import { readSortedSet, startPairs } from './access.js';

export const zrandmember: CommandDeclaration = {
  name: 'zrandmember',
  summary: 'Get one or multiple random elements from a sorted set',
  since: '6.2.0',
  group: 'sorted-set',
  complexity: 'O(N) where N is the number of elements returned',
  arguments: ['key#0', '[options(count:integer, [WITHSCORES])]'],
  arity: -2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    if (args.count > 2) {
      drawMembers(call);
      return;
    }
    const zset = readSortedSet(call, 1);
    if (zset) reply.bulk(zset.member(call.server.random.below(zset.size)));
    else reply.nil();
  },
};

function drawMembers(call: Call): void {
  const { args, reply } = call;
  const draw = readPairDraw(args, 2, 'withscores');
  const zset = readSortedSet(call, 1);
  const count = drawnCount(draw, zset?.size ?? 0);
  if (draw.paired) startPairs(reply, count);
  else reply.array(count);
  if (!zset || count === 0) return;
  for (const place of drawPlaces(draw, zset.size, call.server.random)) {
    if (reply.full) break;
    if (draw.paired) tellPair(reply, zset.member(place), zset.score(place));
    else reply.bulk(zset.member(place));
  }
}
