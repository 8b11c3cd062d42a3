import type { Ref } from '../../keyspace/memory.js';
import type { Call } from '../call.js';

/** The string of the key at argument 1, to be changed in place: raw, and zero bytes added up to `length`. */
export function growString({ db, args }: Call, ref: Ref, length: number): Ref {
  const { entries } = db;
  const before = ref === 0 ? 0 : entries.stringLength(ref);
  const after = Math.max(before, length);
  const target = ref === 0 ? db.makeString(args, 1, after, false) : db.resizeString(ref, after, true);
  const start = entries.stringStart(target);
  if (after > before) entries.stringBuffer(target).fill(0, start + before, start + after);
  return target;
}
