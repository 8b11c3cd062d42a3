import { pointOf } from '../../data/geohash.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { coordinateText } from './units.js';

export const geopos: CommandDeclaration = {
  name: 'geopos',
  summary: 'Returns longitude and latitude of members of a geospatial index',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(N) where N is the number of members requested.',
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
      if (!zset || place < 0) {
        reply.nilArray();
        continue;
      }
      const { lon, lat } = pointOf(zset.score(place));
      reply.array(2);
      reply.double(lon, coordinateText(lon));
      reply.double(lat, coordinateText(lat));
    }
  },
};
