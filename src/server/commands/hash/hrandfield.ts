import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { drawnCount, drawPlaces, readPairDraw } from '../random-draw.js';
import { purged, readHash } from './access.js';

export const hrandfield: CommandDeclaration = {
  name: 'hrandfield',
  summary: 'Get one or multiple random fields from a hash',
  since: '6.2.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of fields returned',
  arguments: ['key#0', '[options(count:integer, [WITHVALUES])]'],
  arity: -2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    if (args.count > 2) {
      drawFields(call);
      return;
    }
    const hash = purged(call, readHash(call, 1));
    if (hash) reply.bulk(hash.field(call.server.random.below(hash.size)));
    else reply.nil();
  },
};

function drawFields(call: Call): void {
  const { args, reply } = call;
  const draw = readPairDraw(args, 2, 'withvalues');
  const hash = purged(call, readHash(call, 1));
  const size = hash?.size ?? 0;
  const count = drawnCount(draw, size);
  const nested = draw.paired && reply.protocol === 3;
  reply.array(draw.paired && !nested ? count * 2 : count);
  if (!hash || count === 0) return;
  for (const place of drawPlaces(draw, size, call.server.random)) {
    if (reply.full) break;
    if (nested) reply.array(2);
    hash.replyField(place, reply);
    if (draw.paired) hash.replyValue(place, reply);
  }
}
