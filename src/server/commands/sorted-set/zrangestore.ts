import { NOTIFY } from '../../keyspace/notifications.js';
import type { CommandDeclaration } from '../command.js';
import { storeResult } from '../store-result.js';
import { newSortedSet, newStored, readSortedSet } from './access.js';
import { readRange } from './range.js';

export const zrangestore: CommandDeclaration = {
  name: 'zrangestore',
  summary: 'Store a range of members from sorted set into another key',
  since: '6.2.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.',
  arguments: [
    'dst#0',
    'src#1',
    'min',
    'max',
    '[sortby(BYSCORE | BYLEX)]',
    '[REV]',
    '[LIMIT offset_count(offset:integer, count:integer)]',
  ],
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const query = readRange(call.args, { key: 2, stored: true });
    const zset = readSortedSet(call, 2);
    const { from, count, reversed } = zset ? query.select(zset) : NOTHING;
    // Only of ranks does Redis know beforehand how many they are.
    const isLarge = query.by === 'rank' && count > call.server.settings.zsetMaxListpackEntries;
    const result = isLarge ? newStored(call) : newSortedSet(call);
    zset?.each(from, count, (member, score) => result.add(member, score), reversed);
    storeResult(call, 1, result, NOTIFY.zset, 'zrangestore');
  },
};

const NOTHING = { from: 0, count: 0, reversed: false };
