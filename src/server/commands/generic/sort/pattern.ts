import { Args, type ByteString } from '../../../../resp/args.js';
import { HashValue } from '../../../data/hash-value.js';
import type { Database } from '../../../keyspace/database.js';
import { Type } from '../../../keyspace/value.js';

/**
 * What a pattern of BY or GET names for an element: "#" the element, `weight_*` a string, `object_*->field` a
 * hash's field. Undefined when there is none.
 */
export function valueByPattern(db: Database, pattern: ByteString, element: ByteString): ByteString | undefined {
  if (pattern === '#') return element;
  const star = pattern.indexOf('*');
  if (star < 0) return undefined;
  const arrow = pattern.indexOf('->', star + 1);
  const hasField = arrow >= 0 && arrow + 2 < pattern.length;
  const suffix = pattern.slice(star + 1, hasField ? arrow : undefined);
  const args = Args.of(pattern.slice(0, star) + element + suffix, hasField ? pattern.slice(arrow + 2) : '');
  const ref = db.read(args, 0);
  if (ref === 0) return undefined;
  if (!hasField) return db.type(ref) === Type.string ? db.stringText(ref) : undefined;
  const hash = db.type(ref) === Type.hash ? db.collection(ref) : undefined;
  if (!(hash instanceof HashValue)) return undefined;
  const place = hash.find(args, 1);
  return place >= 0 && hash.isLive(place, db.now) ? hash.value(place) : undefined;
}
