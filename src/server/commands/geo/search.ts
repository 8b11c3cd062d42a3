import { cellsOf, distanceWithin, type Shape } from '../../data/geo-shape.js';
import { type Cell, type Point, pointOf, scoresOf } from '../../data/geohash.js';
import { partialSort } from '../../data/partial-sort.js';
import { SortedSetValue } from '../../data/sorted-set-value.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { removeTarget } from '../store-result.js';
import { readSearch, type Search, type SearchForm, shapeOf } from './search-options.js';
import { coordinateText, distanceText } from './units.js';

/** GEOSEARCH, GEORADIUS and their kin. */
export function runSearch(call: Call, form: SearchForm): void {
  const { args, reply } = call;
  const zset = call.read<SortedSetValue>(form.source, Type.zset);
  const search = readSearch(args, form, zset);
  const shape = shapeOf(search);
  const found = zset && shape ? select(zset, shape, search) : [];
  if (search.target === undefined) {
    reply.array(found.length);
    for (const match of found) replyMatch(call, match, search);
    return;
  }
  store(call, search, found, form.mayStore === 'always' ? 'geosearchstore' : 'georadiusstore');
}

/** A member in the shape. */
interface Match {
  readonly member: string;
  readonly score: number;
  readonly point: Point;
  /** Metres from the center. */
  readonly distance: number;
}

function select(zset: SortedSetValue, shape: Shape, { any, count, order }: Search): Match[] {
  const found = findMatches(zset, shape, any ? count : 0);
  const wanted = count === 0 ? found.length : Math.min(count, found.length);
  // The closest ones are meant when nothing is said; with ANY, whichever come.
  const sorting = order ?? (count > 0 && !any ? 'asc' : undefined);
  if (sorting !== undefined) {
    const ascending = (a: Match, b: Match) => (a.distance > b.distance ? 1 : a.distance === b.distance ? 0 : -1);
    const compare = sorting === 'asc' ? ascending : (a: Match, b: Match) => -ascending(a, b);
    if (wanted === found.length) found.sort(compare);
    else partialSort(found, compare, wanted);
  }
  found.length = wanted;
  return found;
}

/** All members in the shape, cell by cell; `limit` above 0: no more than that. */
function findMatches(zset: SortedSetValue, shape: Shape, limit: number): Match[] {
  const found: Match[] = [];
  const cells = cellsOf(shape);
  let last = 0;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    // With a huge shape neighbours may be the same cell, but Redis compares them so only from the second on.
    if (!cell || (last > 0 && isSame(cell, cells[last]!))) continue;
    if (limit > 0 && found.length >= limit) break;
    searchCell(zset, cell, shape, limit, found);
    last = i;
  }
  return found;
}

function isSame(a: Cell, b: Cell): boolean {
  return a.lat === b.lat && a.lon === b.lon && a.step === b.step;
}

function searchCell(zset: SortedSetValue, cell: Cell, shape: Shape, limit: number, found: Match[]): void {
  const [from, to] = scoresOf(cell);
  const first = zset.countScores((score) => score < from);
  const end = zset.countScores((score) => score < to);
  // A piece at a time, since ANY may end the search.
  for (let rank = first; rank < end && (limit === 0 || found.length < limit); rank += PIECE) {
    zset.each(rank, Math.min(PIECE, end - rank), (member, score) => {
      if (limit > 0 && found.length >= limit) return;
      const point = pointOf(score);
      const distance = distanceWithin(shape, point);
      if (distance !== undefined) found.push({ member, score, point, distance });
    });
  }
}

const PIECE = 256;

function replyMatch({ reply }: Call, { member, score, point, distance }: Match, search: Search): void {
  const { withDistance, withHash, withPoint, unit } = search;
  const options = Number(withDistance) + Number(withHash) + Number(withPoint);
  if (options > 0) reply.array(options + 1);
  reply.bulk(member);
  if (withDistance) reply.bulk(distanceText(distance / unit));
  if (withHash) reply.integer(score);
  if (!withPoint) return;
  reply.array(2);
  reply.double(point.lon, coordinateText(point.lon));
  reply.double(point.lat, coordinateText(point.lat));
}

/** The matches become a sorted set with their distances or geohashes as scores. */
function store(call: Call, search: Search, found: readonly Match[], event: string): void {
  const { db, args, reply } = call;
  const target = search.target!;
  if (found.length > 0) {
    const result = new SortedSetValue(call.server.settings);
    for (const { member, score, distance } of found) {
      result.add(member, search.storeDistance ? distance / search.unit : score);
    }
    db.putCollection(args, target, result);
    call.changed(target, NOTIFY.zset, event, found.length);
  } else removeTarget(call, target);
  reply.integer(found.length);
}
