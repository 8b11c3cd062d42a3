import { Args, type ByteString } from '../../../resp/args.js';
import { type HashLimits, HashValue } from '../../data/hash-value.js';
import { ListValue } from '../../data/list-value.js';
import { fromListpack } from '../../data/listpack-frame.js';
import { parseScore } from '../../data/packed-sorted-set.js';
import { type SetLimits, SetValue } from '../../data/set-value.js';
import { type SortedSetLimits, SortedSetValue } from '../../data/sorted-set-value.js';
import type { CollectionValue } from '../../keyspace/value.js';
import { readIntegerSet } from './integer-set.js';
import type { RdbInput } from './rdb-input.js';
import { readStream } from './read-stream.js';
import { Container, EmptyCollectionError, RdbError, RdbType } from './types.js';
import { readZiplist, readZipmap } from './ziplist.js';

export type ValueLimits = HashLimits & SetLimits & SortedSetLimits;

/**
 * Reads a value of any type that Redis up to 7.2 writes. A string is left in `input`, and undefined answered. Throws
 * RdbError, or EmptyCollectionError, before it has changed anything.
 */
export function readValue(input: RdbInput, type: number, limits: ValueLimits): CollectionValue | undefined {
  if (type === RdbType.string) {
    input.string();
    return undefined;
  }
  const read = READERS[type];
  if (!read) throw new RdbError(`unknown type of value ${type}`);
  const value = read(input, limits, type);
  if (value.size === 0 && !STREAMS.has(type)) throw new EmptyCollectionError('a collection without elements');
  return value;
}

type Reader = (input: RdbInput, limits: ValueLimits, type: number) => CollectionValue;

const READERS: Readonly<Record<number, Reader>> = {
  [RdbType.list]: readList,
  [RdbType.listQuicklist]: readNodes,
  [RdbType.listQuicklist2]: readNodes,
  [RdbType.listZiplist]: packed('List ziplist', (bytes) => listOf(readZiplist(bytes))),
  [RdbType.set]: readSet,
  [RdbType.setIntset]: packed('Intset', (bytes, limits) => setOf(readIntegerSet(bytes), limits)),
  [RdbType.setListpack]: packed('Set listpack', (bytes, limits) => setOf(listpackTexts(bytes), limits)),
  [RdbType.zset]: readSortedSet,
  [RdbType.zsetBinary]: readSortedSet,
  [RdbType.zsetZiplist]: packed('Zset ziplist', (bytes, limits) => sortedSetOf(readZiplist(bytes), limits)),
  [RdbType.zsetListpack]: packed('Zset listpack', (bytes, limits) => sortedSetOf(listpackTexts(bytes), limits)),
  [RdbType.hash]: readHash,
  [RdbType.hashZipmap]: packed('Zipmap', (bytes, limits) => hashOf(readZipmap(bytes), limits)),
  [RdbType.hashZiplist]: packed('Hash ziplist', (bytes, limits) => hashOf(readZiplist(bytes), limits)),
  [RdbType.hashListpack]: packed('Hash listpack', (bytes, limits) => hashOf(listpackTexts(bytes), limits)),
  [RdbType.hashExpiring]: readExpiringHash,
  [RdbType.hashListpackExpiring]: packed('Hash listpack', readExpiringListpack, (input) => void input.time()),
  [RdbType.stream]: (input, _limits, type) => readStream(input, type),
  [RdbType.stream2]: (input, _limits, type) => readStream(input, type),
  [RdbType.stream3]: (input, _limits, type) => readStream(input, type),
};

/** A value within one string, behind what `before` reads: when anything of it is wrong, all of it is. */
function packed(
  name: string,
  read: (bytes: Buffer, limits: ValueLimits) => CollectionValue,
  before: (input: RdbInput) => void = () => undefined,
): Reader {
  return (input, limits) => {
    before(input);
    const bytes = stringOf(input);
    return unbroken(name, () => read(bytes, limits));
  };
}

/** Names what is broken as Redis does. */
export function unbroken<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    if (error instanceof DuplicateError) throw new RdbError(`${name} with dup elements: integrity check failed.`);
    throw new RdbError(`${name} integrity check failed: ${error.message}.`);
  }
}

class DuplicateError extends RdbError {
  override readonly name = 'DuplicateError';
}

const STREAMS: ReadonlySet<number> = new Set([RdbType.stream, RdbType.stream2, RdbType.stream3]);

/** The bytes of a string, until the next is read. */
function stringOf(input: RdbInput): Buffer {
  input.string();
  return input.heldBytes();
}

function readList(input: RdbInput): ListValue {
  const list = new ListValue();
  for (let left = input.count(); left > 0; left--) list.pushTail(input.text());
  return list;
}

function readNodes(input: RdbInput, _limits: ValueLimits, type: number): ListValue {
  const list = new ListValue();
  for (let left = input.count(); left > 0; left--) {
    const container = type === RdbType.listQuicklist2 ? input.size() : Container.packed;
    const bytes = stringOf(input);
    if (bytes.length === 0) throw new RdbError('a node of a list is empty');
    if (container === Container.plain) list.pushTail(input.held());
    else if (container !== Container.packed)
      throw new RdbError('Quicklist integrity check failed: unknown kind of a node.');
    else for (const element of readNode(bytes, type)) list.pushTail(element);
  }
  return list;
}

function readNode(bytes: Buffer, type: number): ByteString[] {
  return type === RdbType.listQuicklist
    ? unbroken('Ziplist', () => readZiplist(bytes))
    : unbroken('Listpack', () => listpackTexts(bytes));
}

function readSet(input: RdbInput, limits: ValueLimits): SetValue {
  const set = new SetValue(limits);
  for (let left = input.count(); left > 0; left--) if (!set.addText(input.text())) throw duplicate();
  return set;
}

function readSortedSet(input: RdbInput, limits: ValueLimits, type: number): SortedSetValue {
  const set = new SortedSetValue(limits, false);
  for (let left = input.count(); left > 0; left--) {
    const member = input.text();
    addScored(set, member, type === RdbType.zset ? input.textDouble() : input.double());
  }
  return set.settled();
}

function readHash(input: RdbInput, limits: ValueLimits): HashValue {
  const hash = new HashValue(limits);
  const field = new Args();
  for (let left = input.count(); left > 0; left--) {
    field.fill([input.text()]);
    if (!hash.set(field, 0, input.text())) throw duplicate();
  }
  return hash;
}

/** Times after the earliest one, counted from 1; 0: the field stays. */
function readExpiringHash(input: RdbInput, limits: ValueLimits): HashValue {
  const hash = new HashValue(limits);
  const earliest = input.time();
  for (let left = input.count(); left > 0; left--) {
    const after = input.size();
    addExpiring(hash, input.text(), input.text(), after === 0 ? 0 : earliest + after - 1);
  }
  return hash;
}

/** Field, value and time in turn. */
function readExpiringListpack(bytes: Buffer, limits: ValueLimits): HashValue {
  const hash = new HashValue(limits);
  const texts = listpackTexts(bytes);
  if (texts.length % 3 !== 0) throw new RdbError('a field has no time');
  for (let i = 0; i < texts.length; i += 3) addExpiring(hash, texts[i]!, texts[i + 1]!, Number(texts[i + 2]));
  return hash;
}

function addExpiring(hash: HashValue, name: ByteString, value: ByteString, expiry: number): void {
  if (!(expiry >= 0 && expiry < MAX_EXPIRY)) throw new RdbError("a field's time is out of range");
  const field = Args.of(name);
  if (!hash.set(field, 0, value)) throw duplicate();
  if (expiry > 0) hash.setExpiry(hash.find(field, 0), expiry);
}

/** What 7.4 keeps of a time: 48 bits. */
const MAX_EXPIRY = 2 ** 48;

function listpackTexts(bytes: Buffer): ByteString[] {
  const elements = fromListpack(bytes);
  if (!elements) throw new RdbError('it is no listpack');
  const texts: ByteString[] = [];
  for (let at = 0; at < elements.end; at = elements.next(at)) texts.push(elements.text(at));
  return texts;
}

function listOf(elements: readonly ByteString[]): ListValue {
  const list = new ListValue();
  for (const element of elements) list.pushTail(element);
  return list;
}

function setOf(members: readonly ByteString[], limits: ValueLimits): SetValue {
  const set = new SetValue(limits);
  for (const member of members) if (!set.addText(member)) throw duplicate();
  return set;
}

function hashOf(pairs: readonly ByteString[], limits: ValueLimits): HashValue {
  const hash = new HashValue(limits);
  const field = new Args();
  for (const [name, value] of inPairs(pairs)) {
    field.fill([name]);
    if (!hash.set(field, 0, value)) throw duplicate();
  }
  return hash;
}

function sortedSetOf(pairs: readonly ByteString[], limits: ValueLimits): SortedSetValue {
  const set = new SortedSetValue(limits);
  for (const [member, score] of inPairs(pairs)) addScored(set, member, parseScore(score));
  return set;
}

function addScored(set: SortedSetValue, member: ByteString, score: number): void {
  if (Number.isNaN(score)) throw new RdbError('a score is no number');
  if (set.findText(member) >= 0) throw duplicate();
  set.add(member, score);
}

function* inPairs(texts: readonly ByteString[]): Generator<readonly [ByteString, ByteString]> {
  if (texts.length % 2 !== 0) throw new RdbError('a field has no value');
  for (let i = 0; i < texts.length; i += 2) yield [texts[i]!, texts[i + 1]!];
}

function duplicate(): RdbError {
  return new DuplicateError('an element is there twice');
}
