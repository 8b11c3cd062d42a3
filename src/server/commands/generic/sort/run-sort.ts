import type { ByteString } from '../../../../resp/args.js';
import { KeyAccess } from '../../../access/selector.js';
import { ListValue } from '../../../data/list-value.js';
import { CommandError } from '../../../errors.js';
import { NOTIFY } from '../../../keyspace/notifications.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';
import { parseFloatText } from '../../numbers.js';
import { removeTarget } from '../../store-result.js';
import { elementsToSort } from './elements.js';
import { readSortOptions, type SortOptions } from './options.js';
import { valueByPattern } from './pattern.js';

/**
 * SORT and SORT_RO. A BY pattern without a star asks for no order: elements come as they lie. A set's members
 * lie in no order that can be relied on, so that they are sorted all the same where others repeat the command.
 */
export function runSort(call: Call, mayStore: boolean): void {
  const options = mustBeOrdered(
    call,
    readSortOptions(call.args, mayStore, {
      seesAllKeys: () => seesAllKeys(call),
      inCluster: call.server.cluster !== undefined,
    }),
  );
  const keepsOrder = options.by !== undefined && !options.by.includes('*');
  const elements = elementsToSort(call, keepsOrder && options.descending);
  const sorted = keepsOrder ? elements : sortElements(call, elements, options);
  const { start, end } = limits(options, sorted.length);
  const rows = sorted.slice(start, end);
  if (options.store > 0) store(call, options, rows);
  else reply(call, options, rows);
}

function seesAllKeys({ server, session, command, args }: Call): boolean {
  const { permissions } = server.users;
  return session.user.unrestricted || permissions.allowsWithEveryKey(session.user, command, args, KeyAccess.read);
}

function mustBeOrdered(call: Call, options: SortOptions): SortOptions {
  const { db, args, server } = call;
  if (options.by === undefined || options.by.includes('*')) return options;
  if (options.store === 0 && !server.dispatcher.inScript) return options;
  return db.type(db.peek(args, 1)) === Type.set ? { ...options, by: undefined, alpha: true } : options;
}

/** Rows from `start` up to but not including `end`. */
function limits({ offset, count }: SortOptions, length: number): { start: number; end: number } {
  const start = Math.min(Math.max(offset, 0), length);
  return { start, end: count < 0 ? length : Math.min(start + count, length) };
}

interface Weighted {
  readonly element: ByteString;
  /** For ALPHA; undefined where there is no key of that name, which comes first. */
  readonly text: ByteString | undefined;
  readonly weight: number;
}

function sortElements({ db }: Call, elements: readonly ByteString[], options: SortOptions): ByteString[] {
  const { by, alpha, descending } = options;
  // All are looked up before one that is no number is refused.
  const texts = elements.map((element) => (by === undefined ? element : valueByPattern(db, by, element)));
  const rows = elements.map((element, i): Weighted => {
    const text = texts[i];
    return { element, text, weight: alpha ? 0 : weightOf(text) };
  });
  const order = alpha ? byText : byWeight;
  rows.sort(descending ? (a, b) => order(b, a) : order);
  return rows.map(({ element }) => element);
}

function byText(a: Weighted, b: Weighted): number {
  if (a.text === undefined || b.text === undefined) return Number(a.text !== undefined) - Number(b.text !== undefined);
  return compare(a.text, b.text);
}

/** Equal weights are ordered by their elements, so that the order is always the same. */
function byWeight(a: Weighted, b: Weighted): number {
  return a.weight === b.weight ? compare(a.element, b.element) : a.weight - b.weight;
}

function compare(a: ByteString, b: ByteString): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** As strtod reads it, which ends at a zero byte; a missing or empty one is zero. */
function weightOf(whole: ByteString | undefined): number {
  const [text = ''] = whole?.split('\0', 1) ?? [];
  if (text === '') return 0;
  const weight = parseFloatText(text.replace(/^[ \t-\r]+/, ''));
  if (weight === undefined || !isInRange(text, weight)) {
    throw new CommandError("ERR One or more scores can't be converted into double");
  }
  return weight;
}

/** A number too large for a double is refused, infinity by name is not. */
function isInRange(text: ByteString, weight: number): boolean {
  return Number.isFinite(weight) || /inf/i.test(text);
}

function reply({ db, reply: sink }: Call, { get }: SortOptions, rows: readonly ByteString[]): void {
  sink.array(rows.length * Math.max(1, get.length));
  for (const row of rows) {
    if (get.length === 0) sink.bulk(row);
    for (const pattern of get) {
      const value = valueByPattern(db, pattern, row);
      if (value === undefined) sink.nil();
      else sink.bulk(value);
    }
  }
}

function store(call: Call, { get, store: place }: SortOptions, rows: readonly ByteString[]): void {
  const { db, args } = call;
  const list = new ListValue();
  for (const row of rows) {
    if (get.length === 0) list.pushTail(row);
    for (const pattern of get) list.pushTail(valueByPattern(db, pattern, row) ?? '');
  }
  if (list.size > 0) {
    db.putCollection(args, place, list);
    call.changed(place, NOTIFY.list, 'sortstore', list.size);
  } else removeTarget(call, place);
  call.reply.integer(list.size);
}
