import { distance } from '../../data/geo-shape.js';
import { pointOf } from '../../data/geohash.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { errors } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { distanceText, readUnit } from './units.js';

export const geodist: CommandDeclaration = {
  name: 'geodist',
  summary: 'Returns the distance between two members of a geospatial index',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(log(N))',
  arguments: ['key#0', 'member1', 'member2', '[unit(M | KM | FT | MI)]'],
  arity: -4,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    if (args.count > 5) throw errors.syntax;
    const unit = args.count === 5 ? readUnit(args, 4) : 1;
    const zset = call.read<SortedSetValue>(1, Type.zset);
    const [from, to] = [2, 3].map((i) => (zset ? zset.find(args, i) : -1)) as [number, number];
    if (!zset || from < 0 || to < 0) reply.nil();
    else reply.bulk(distanceText(distance(pointOf(zset.score(from)), pointOf(zset.score(to))) / unit));
  },
};
