import { Args, type ByteString } from '../../../resp/args.js';
import { type HashLimits, HashValue } from '../../data/hash-value.js';
import { ListValue } from '../../data/list-value.js';
import { fromListpack } from '../../data/listpack-frame.js';
import { parseScore } from '../../data/packed-sorted-set.js';
import { type SetLimits, SetValue } from '../../data/set-value.js';
import { type SortedSetLimits, SortedSetValue } from '../../data/sorted-set-value.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { CollectionValue } from '../../keyspace/value.js';
import { readIntegerSet } from './integer-set.js';
import type { RdbInput } from './rdb-input.js';
import { readStream } from './read-stream.js';
import { Container, EmptyCollectionError, type Mended, RdbError, RdbType } from './types.js';
import { readZiplist, readZipmap } from './ziplist.js';

export type ValueLimits = HashLimits & SetLimits & SortedSetLimits;

/**
 * Reads a value of any type that Redis up to 7.2 writes. A string is left in `input`, and undefined answered. Throws
 * RdbError, or EmptyCollectionError, before it has changed anything.
 *
 * With `mended` some mistakes are put right: those of bytes that Redis keeps as they come, unless it is told to sanitize
 * them. An element that is there twice counts as it is first there, which is the one that Redis finds.
 */
export function readValue(
  input: RdbInput,
  type: number,
  limits: ValueLimits,
  mended?: Mended,
): CollectionValue | undefined {
  if (type === RdbType.string) {
    input.string();
    return undefined;
  }
  const read = READERS[type];
  if (!read) throw new RdbError(`unknown type of value ${type}`);
  const value = read(input, limits, type, mended);
  if (value.size === 0 && !STREAMS.has(type)) throw new EmptyCollectionError('a collection without elements');
  return value;
}

type Reader = (input: RdbInput, limits: ValueLimits, type: number, mended?: Mended) => CollectionValue;

const READERS: Readonly<Record<number, Reader>> = {
  [RdbType.list]: readList,
  [RdbType.listQuicklist]: readNodes,
  [RdbType.listQuicklist2]: readNodes,
  [RdbType.listZiplist]: packed('List ziplist', (bytes) => listOf(readZiplist(bytes))),
  [RdbType.set]: readSet,
  [RdbType.setIntset]: packed('Intset', (bytes, limits, mended) => setOf(readIntegerSet(bytes, mended), limits)),
  [RdbType.setListpack]: packed('Set listpack', (bytes, limits, mended) =>
    setOf(listpackTexts(bytes, mended), limits, mended),
  ),
  [RdbType.zset]: readSortedSet,
  [RdbType.zsetBinary]: readSortedSet,
  [RdbType.zsetZiplist]: packed('Zset ziplist', (bytes, limits) => sortedSetOf(readZiplist(bytes), limits)),
  [RdbType.zsetListpack]: packed('Zset listpack', (bytes, limits, mended) =>
    sortedSetOf(listpackTexts(bytes, mended), limits, mended),
  ),
  [RdbType.hash]: readHash,
  [RdbType.hashZipmap]: packed('Zipmap', (bytes, limits) => hashOf(readZipmap(bytes), limits)),
  [RdbType.hashZiplist]: packed('Hash ziplist', (bytes, limits) => hashOf(readZiplist(bytes), limits)),
  [RdbType.hashListpack]: packed('Hash listpack', (bytes, limits, mended) =>
    hashOf(listpackTexts(bytes, mended), limits, mended),
  ),
  [RdbType.hashExpiring]: readExpiringHash,
  [RdbType.hashListpackExpiring]: packed('Hash listpack', readExpiringListpack, (input) => void input.time()),
  [RdbType.stream]: readStreamOf,
  [RdbType.stream2]: readStreamOf,
  [RdbType.stream3]: readStreamOf,
};

/** A value within one string, behind what `before` reads: when anything of it is wrong, all of it is. */
function packed(
  name: string,
  read: (bytes: Buffer, limits: ValueLimits, mended?: Mended) => CollectionValue,
  before: (input: RdbInput) => void = () => undefined,
): Reader {
  return (input, limits, _type, mended) => {
    before(input);
    const bytes = stringOf(input);
    const told = mended && ((what: string) => mended(`${name} with ${what}`));
    return unbroken(name, () => read(bytes, limits, told));
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

function readStreamOf(input: RdbInput, _limits: ValueLimits, type: number, mended?: Mended): StreamValue {
  return readStream(input, type, mended);
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

function readNodes(input: RdbInput, _limits: ValueLimits, type: number, mended?: Mended): ListValue {
  const list = new ListValue();
  for (let left = input.count(); left > 0; left--) {
    const container = type === RdbType.listQuicklist2 ? input.size() : Container.packed;
    const bytes = stringOf(input);
    if (bytes.length === 0) throw new RdbError('a node of a list is empty');
    if (container === Container.plain) list.pushTail(input.held());
    else if (container !== Container.packed)
      throw new RdbError('Quicklist integrity check failed: unknown kind of a node.');
    else for (const element of readNode(bytes, type, mended)) list.pushTail(element);
  }
  return list;
}

function readNode(bytes: Buffer, type: number, mended: Mended | undefined): ByteString[] {
  return type === RdbType.listQuicklist
    ? unbroken('Ziplist', () => readZiplist(bytes))
    : unbroken('Listpack', () => listpackTexts(bytes, mended));
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

function listpackTexts(bytes: Buffer, mended?: Mended): ByteString[] {
  const elements = fromListpack(bytes, mended);
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

function setOf(members: readonly ByteString[], limits: ValueLimits, mended?: Mended): SetValue {
  return onceEach(members, 1, mended, (texts) => {
    const set = new SetValue(limits);
    for (const member of texts) if (!set.addText(member)) throw duplicate();
    return set;
  });
}

function hashOf(pairs: readonly ByteString[], limits: ValueLimits, mended?: Mended): HashValue {
  return onceEach(pairs, 2, mended, (texts) => {
    const hash = new HashValue(limits);
    const field = new Args();
    for (const [name, value] of inPairs(texts)) {
      field.fill([name]);
      if (!hash.set(field, 0, value)) throw duplicate();
    }
    return hash;
  });
}

function sortedSetOf(pairs: readonly ByteString[], limits: ValueLimits, mended?: Mended): SortedSetValue {
  return onceEach(pairs, 2, mended, (texts) => {
    const set = new SortedSetValue(limits);
    for (const [member, score] of inPairs(texts)) addScored(set, member, parseScore(score));
    return set;
  });
}

/** Builds a value of groups of so many texts, the first of which names an element: without later ones of the same name. */
function onceEach<T>(
  texts: readonly ByteString[],
  width: number,
  mended: Mended | undefined,
  build: (texts: readonly ByteString[]) => T,
): T {
  try {
    return build(texts);
  } catch (error) {
    if (!mended || !(error instanceof DuplicateError)) throw error;
  }
  mended('dup elements');
  const places = new Map<ByteString, number>();
  for (let i = 0; i < texts.length; i += width) if (!places.has(texts[i]!)) places.set(texts[i]!, i);
  return build([...places.values()].flatMap((at) => texts.slice(at, at + width)));
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
