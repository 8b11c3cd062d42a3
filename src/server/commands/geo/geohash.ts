import { geohashText, pointOf } from '../../data/geohash.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const geohash: CommandDeclaration = {
  name: 'geohash',
  summary: 'Returns members of a geospatial index as standard geohash strings',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(log(N)) for each member requested, where N is the number of elements in the sorted set.',
  arguments: ['key#0', 'member...'],
  arity: -2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const zset = call.read<SortedSetValue>(1, Type.zset);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const place = zset ? zset.find(args, i) : -1;
      if (!zset || place < 0) reply.nil();
      else reply.bulk(geohashText(pointOf(zset.score(place))));
    }
  },
};
