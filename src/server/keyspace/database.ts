import { Area, copyPart } from '../../resp/area.js';
import { Args, type ByteString } from '../../resp/args.js';
import { isIntegerBytes } from './bytes.js';
import { Entries, INDEX_SHARE } from './entries.js';
import { FieldExpiry } from './field-expiry.js';
import type { KeyspaceHooks } from './hooks.js';
import { BUCKETS_PER_ENTRY, IndexTable } from './index-table.js';
import type { Ref } from './memory.js';
import { Embstr, External, Int, Raw, type StringEncoding } from './string-encoding.js';
import { type CollectionValue, TYPE_NAMES, Type } from './value.js';

/**
 * One of the server's databases: keys with values, expiry and access clocks. Commands see refs to entries
 * (0: no such key), which are valid until the next write to the database.
 *
 * What hangs on a write (WATCH, blocked clients, events, effects) is reported through `KeyspaceHooks`; a
 * command reports its change once, through `Call.changed`, which ends in `touch` here.
 */
export class Database {
  entries: Entries;
  /** Entries that have an expiry, for the expiry cycle. */
  expiring = new IndexTable();
  /** Hashes with fields that expire. */
  fields = new FieldExpiry();
  /** Keys somebody waits for (WATCH, BLPOP): who is told by `KeyspaceHooks.touched`. */
  readonly observed = new Map<ByteString, number>();
  private expiryCursor = 0;

  constructor(
    readonly number: number,
    private readonly keyspace: KeyspaceHooks,
    private readonly seed: number,
  ) {
    this.entries = this.createEntries();
  }

  private createEntries(): Entries {
    return new Entries(this.seed, this.keyspace.openPack, this.keyspace.indexesSlots && this.number === 0);
  }

  /** The time that the running command goes by. */
  get now(): number {
    return this.keyspace.now;
  }

  get size(): number {
    return this.entries.index.size;
  }

  /** Bytes that keys and values take up. */
  get memory(): number {
    return this.entries.used + this.expiring.size * INDEX_SHARE;
  }

  /** A key for reading: an expired one is gone, the access clock moves, hits and misses count. */
  read(args: Args, i: number): Ref {
    const ref = this.glance(args, i);
    if (ref !== 0) this.keyspace.accessed(this.entries, ref);
    return ref;
  }

  /** As `read`, but the key does not count as used (EXISTS, TYPE, TTL). */
  glance(args: Args, i: number): Ref {
    const ref = this.live(args, i);
    if (ref === 0) this.keyspace.missed(this, args, i);
    else this.keyspace.hits++;
    return ref;
  }

  /** A key for writing: as `read`, without hits and misses. */
  write(args: Args, i: number): Ref {
    const ref = this.live(args, i);
    if (ref !== 0) {
      this.keyspace.accessed(this.entries, ref);
      this.entries.preserve(ref);
    }
    return ref;
  }

  /** A key looked at without a trace. */
  peek(args: Args, i: number): Ref {
    return this.live(args, i);
  }

  private live(args: Args, i: number): Ref {
    return this.liveAt(args, i, this.entries.hash(args, i));
  }

  private liveAt(args: Args, i: number, hash: number): Ref {
    const { entries } = this;
    const ref = entries.find(args, i, hash);
    if (ref === 0 || this.expiring.size === 0) return ref;
    const expiry = entries.expiry(ref);
    if (expiry === 0 || expiry > this.keyspace.now) return ref;
    return this.keyspace.expire(this, ref) ? 0 : ref;
  }

  /** Whether there is an entry, expired or not. */
  has(key: ByteString): boolean {
    const args = Args.of(key);
    return this.entries.find(args, 0, this.entries.hash(args, 0)) !== 0;
  }

  /** Whether there is an entry whose time is over; it is left as it is. */
  isStale(key: ByteString): boolean {
    const args = Args.of(key);
    const ref = this.entries.find(args, 0, this.entries.hash(args, 0));
    return ref !== 0 && this.isExpired(ref);
  }

  type(ref: Ref): Type {
    return ref === 0 ? Type.none : this.entries.type(ref);
  }

  typeName(ref: Ref): string {
    return TYPE_NAMES[this.type(ref)];
  }

  collection(ref: Ref): CollectionValue {
    return this.entries.collection(ref);
  }

  /** A copy of a string's bytes. */
  stringBytes(ref: Ref): Buffer {
    const start = this.entries.stringStart(ref);
    return Buffer.copyBytesFrom(this.entries.stringBuffer(ref), start, this.entries.stringLength(ref));
  }

  stringText(ref: Ref): ByteString {
    const start = this.entries.stringStart(ref);
    return this.entries.stringBuffer(ref).latin1Slice(start, start + this.entries.stringLength(ref));
  }

  /**
   * Puts a string under the key, whatever was there, and drops the expiry unless `keepExpiry`. The encoding
   * is what Redis would choose for a value that was just set.
   */
  putString(args: Args, i: number, from: Area, start: number, length: number, keepExpiry = false): Ref {
    const ref = this.makeString(args, i, length, false);
    this.fillString(ref, from, start, length);
    if (!keepExpiry) this.setExpiry(ref, 0);
    return ref;
  }

  private fillString(ref: Ref, from: Area, start: number, length: number): void {
    const { entries } = this;
    copyPart(from, start, entries.stringArea(ref), entries.stringStart(ref), length);
    if (entries.encoding(ref) === External) return;
    entries.setEncoding(ref, isIntegerBytes(from.bytes, start, length) ? Int : length <= 44 ? Embstr : Raw);
  }

  putText(args: Args, i: number, text: ByteString, keepExpiry = false): Ref {
    return this.putString(args, i, new Area(Buffer.from(text, 'latin1')), 0, text.length, keepExpiry);
  }

  /**
   * A string of `length` bytes under the key, to be filled by the caller at `entries.stringStart`; with `keep`
   * the bytes of the string that is there stay in front. The expiry stays. Its encoding is raw.
   */
  makeString(args: Args, i: number, length: number, keep: boolean): Ref {
    const { entries } = this;
    const hash = entries.hash(args, i);
    const found = this.liveAt(args, i, hash);
    const ref = found === 0 ? entries.createString(args, i, hash, length) : this.resizeString(found, length, keep);
    this.keyspace.accessed(entries, ref);
    if (found === 0) this.keyspace.created(this, args, i);
    return ref;
  }

  /**
   * Makes the entry a raw string of `length` bytes, to be filled by the caller at `entries.stringStart`; with
   * `keep` the bytes of the string that is there stay in front. Answers the ref to use from now on.
   */
  resizeString(ref: Ref, length: number, keep: boolean): Ref {
    const { entries } = this;
    this.forgetFields(ref);
    this.tellOfEnd(ref);
    const moved = entries.resizeString(ref, length, keep);
    if (entries.encoding(moved) !== External) entries.setEncoding(moved, Raw);
    if (moved !== ref && entries.expiry(moved) !== 0) this.expiring.replace(entries.keyHash(moved), ref, moved);
    return moved;
  }

  /** Puts a collection under the key, whatever was there; no expiry. */
  putCollection(args: Args, i: number, value: CollectionValue): Ref {
    const { entries } = this;
    const hash = entries.hash(args, i);
    const old = this.liveAt(args, i, hash);
    if (old !== 0) this.remove(old, this.keyspace.settings.lazyServerDel);
    const ref = this.createCollection(args, i, hash, value);
    this.keyspace.accessed(entries, ref);
    if (old === 0) this.keyspace.created(this, args, i);
    return ref;
  }

  /** Adds a key that is loaded: it must not be there, and nobody is told. */
  addLoaded(args: Args, i: number, value: CollectionValue, expiry: number): Ref {
    const ref = this.createCollection(args, i, this.entries.hash(args, i), value);
    return this.loaded(ref, expiry);
  }

  /** The same with a string. */
  addLoadedString(args: Args, i: number, from: Area, start: number, length: number, expiry: number): Ref {
    const { entries } = this;
    const ref = entries.createString(args, i, entries.hash(args, i), length);
    this.fillString(ref, from, start, length);
    return this.loaded(ref, expiry);
  }

  private loaded(ref: Ref, expiry: number): Ref {
    this.keyspace.accessed(this.entries, ref);
    this.setExpiry(ref, expiry);
    return ref;
  }

  /** So many keys are about to come, and so many of them expire. */
  reserve(keys: number, expiring: number): void {
    this.entries.index.reserve(keys);
    this.expiring.reserve(expiring);
  }

  /** No more will come: what was kept for them and not needed can go. */
  endReserve(): void {
    this.entries.index.endReserve();
    this.expiring.endReserve();
  }

  private createCollection(args: Args, i: number, hash: number, value: CollectionValue): Ref {
    const ref = this.entries.createCollection(args, i, hash, value);
    if (value.nextExpiry !== undefined && value.nextExpiry < Number.POSITIVE_INFINITY) this.fields.add(hash, ref);
    return ref;
  }

  /** A string outside the blocks (behind a very long key, for example) stays told as raw. */
  setEncoding(ref: Ref, encoding: StringEncoding): void {
    if (this.entries.encoding(ref) !== External) this.entries.setEncoding(ref, encoding);
  }

  /** `lazily`: a large value counts as freed in the background. Here the garbage collection does that anyway. */
  remove(ref: Ref, lazily = false): void {
    if (lazily && this.isLarge(ref)) this.keyspace.freedLater++;
    this.forgetFields(ref);
    this.tellOfEnd(ref);
    if (this.entries.expiry(ref) !== 0) this.expiring.remove(this.entries.keyHash(ref), ref);
    this.entries.remove(ref);
  }

  /** Who waits in a stream's group hears of the stream's end. */
  private tellOfEnd(ref: Ref): void {
    const isHeard = this.observed.size > 0 && this.type(ref) === Type.stream;
    if (isHeard) this.keyspace.becameReady(this, this.entries.keyText(ref));
  }

  /** The hash has fields that expire. */
  watchFields(ref: Ref): void {
    this.fields.add(this.entries.keyHash(ref), ref);
  }

  private forgetFields(ref: Ref): void {
    if (this.fields.size > 0 && this.type(ref) === Type.hash) this.fields.remove(this.entries.keyHash(ref), ref);
  }

  /** Fields of the hash were removed because their time was over: it goes with the last of them. */
  fieldsExpired(args: Args, i: number, fields: readonly ByteString[]): void {
    const ref = this.entries.find(args, i, this.entries.hash(args, i));
    const value = this.collection(ref);
    const emptied = value.size === 0;
    if (emptied) this.remove(ref);
    else this.entries.willChange(value);
    this.keyspace.fieldsExpired(this, args.text(i), fields, emptied);
  }

  private isLarge(ref: Ref): boolean {
    return this.entries.type(ref) !== Type.string && this.collection(ref).pieces > LARGE;
  }

  /** Milliseconds since the epoch, 0 when the key does not expire. */
  expiry(ref: Ref): number {
    return this.entries.expiry(ref);
  }

  setExpiry(ref: Ref, at: number): void {
    const before = this.entries.expiry(ref);
    if (before === at) return;
    this.entries.setExpiry(ref, at);
    if (this.keyspace.remembersExpiries && at !== 0) this.keyspace.expirySet(this, ref);
    if (before === 0) this.expiring.insert(this.entries.keyHash(ref), ref);
    else if (at === 0) this.expiring.remove(this.entries.keyHash(ref), ref);
  }

  /** Tells whoever observes the key that it changed. Called once per changed key, by the write path. */
  touch(args: Args, i: number): void {
    if (this.observed.size === 0 && !this.keyspace.tracked) return;
    const key = args.text(i);
    if (this.observed.has(key)) this.keyspace.touched(this, key);
    if (this.keyspace.tracked) this.keyspace.modified(key);
  }

  observe(key: ByteString): void {
    this.observed.set(key, (this.observed.get(key) ?? 0) + 1);
  }

  unobserve(key: ByteString): void {
    const count = (this.observed.get(key) ?? 0) - 1;
    if (count > 0) this.observed.set(key, count);
    else this.observed.delete(key);
  }

  /** The keys of the database, expired ones left out. */
  *keys(): Generator<ByteString> {
    const refs: Ref[] = [];
    this.entries.index.forEach((ref) => void refs.push(ref));
    for (const ref of refs) if (!this.isExpired(ref)) yield this.entries.keyText(ref);
  }

  /** Keys of a slot of the cluster, `most` at most, expired ones too. */
  keysInSlot(slot: number, most: number): ByteString[] {
    const refs = this.entries.bySlot?.refs(slot, most) ?? [];
    return refs.map((ref) => this.entries.keyText(ref));
  }

  /** A key drawn at random; expired ones met on the way go. Where they may not, one may be it after many draws. */
  randomKey(random: () => number): ByteString | undefined {
    for (let draws = 1; this.size > 0; draws++) {
      const size = this.size;
      const key = this.entries.keyText(this.entries.index.sample(random));
      if (this.live(Args.of(key), 0) !== 0 || (draws >= MOST_DRAWS && this.size === size)) return key;
    }
    return undefined;
  }

  isExpired(ref: Ref): boolean {
    const expiry = this.entries.expiry(ref);
    return expiry !== 0 && expiry <= this.keyspace.now;
  }

  /** One step of SCAN; `visit` gets every entry met, expired ones too. */
  scan(cursor: number, visit: (ref: Ref) => void): number {
    return this.entries.index.scan(cursor, visit);
  }

  /** Removes expired keys, looking at about `budget` entries that expire; answers how many went. */
  expireSome(budget: number): number {
    const due: ByteString[] = [];
    let looked = 0;
    let buckets = budget * BUCKETS_PER_ENTRY;
    do {
      this.expiryCursor = this.expiring.scan(this.expiryCursor, (ref) => {
        looked++;
        if (this.isExpired(ref)) due.push(this.entries.keyText(ref));
      });
    } while (looked < budget && --buckets > 0 && this.expiryCursor !== 0);
    for (const key of due) this.live(Args.of(key), 0);
    return due.length;
  }

  /** As `expireSome`, for fields of hashes. */
  expireFields(budget: number): number {
    return this.fields.expireSome(this, this.keyspace.now, budget);
  }

  /** A piece of pending resizes; true when nothing is left to move. */
  resizeSome(slots: number): boolean {
    const { expiring, fields } = this;
    return [this.entries.index, expiring, fields].every((table) => table.step(slots));
  }

  /** Gives a piece of what was cleared back to the system. */
  giveBackSome(): void {
    const { memory, index } = this.entries;
    // One of them at a time, since each takes some milliseconds.
    if (!memory.giveBackSome() && !index.giveBackSome()) this.expiring.giveBackSome();
  }

  /** Exchanges contents with another database (SWAPDB). */
  exchange(other: Database): void {
    [this.entries, other.entries] = [other.entries, this.entries];
    [this.expiring, other.expiring] = [other.expiring, this.expiring];
    [this.fields, other.fields] = [other.fields, this.fields];
    [this.expiryCursor, other.expiryCursor] = [other.expiryCursor, this.expiryCursor];
  }

  clear(): void {
    // What a snapshot still has to save stays with it.
    if (this.entries.inSnapshot) this.entries = this.createEntries();
    else this.entries.clear();
    this.expiring.clear();
    this.fields.clear();
    this.expiryCursor = 0;
  }
}

const MOST_DRAWS = 100;
/** Pieces from which on Redis frees a value in the background. */
const LARGE = 64;
