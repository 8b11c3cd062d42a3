import type { ByteString } from '../../../../resp/args.js';
import { ListValue } from '../../../data/list-value.js';
import { SetValue } from '../../../data/set-value.js';
import { SortedSetValue } from '../../../data/sorted-set-value.js';
import { errors } from '../../../errors.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';

/** The elements of the list, set or sorted set at argument 1, in the order they have there, or backwards. */
export function elementsToSort({ args, db }: Call, backwards: boolean): ByteString[] {
  const ref = db.read(args, 1);
  if (ref === 0) return [];
  if (db.type(ref) === Type.string) throw errors.wrongType;
  const value = db.collection(ref);
  const elements: ByteString[] = [];
  if (value instanceof ListValue) value.each(0, value.size, (element) => elements.push(element));
  else if (value instanceof SetValue) return [...value.members];
  else if (value instanceof SortedSetValue) {
    // As in Redis, sorting one leaves it in its large form.
    value.convert();
    value.each(0, value.size, (member) => void elements.push(member));
  } else throw errors.wrongType;
  return backwards ? elements.reverse() : elements;
}
