import { Area, copyPart } from '../../../resp/area.js';
import { Args } from '../../../resp/args.js';
import type { Database } from '../../keyspace/database.js';
import type { Ref } from '../../keyspace/memory.js';
import type { CollectionValue } from '../../keyspace/value.js';
import type { Server } from '../../server.js';
import { loadLibrary } from '../functions.js';
import type { RdbInput } from './rdb-input.js';
import { readValue } from './read-value.js';
import { isSanitized } from './sanitizing.js';
import { EmptyCollectionError, type Mended, NEWEST_RDB_VERSION, Opcode, RdbError } from './types.js';

export interface LoadOptions {
  /** A key or library that is there gives way; otherwise it is an error. */
  readonly merge?: boolean;
  /** Keys whose time is over are loaded: what follows the file says that they go. */
  readonly keepExpired?: boolean;
  /** Where the keys go; the server's own databases unless said otherwise. */
  readonly databases?: readonly Database[];
  /** Gets function libraries, which are not loaded then. */
  readonly libraries?: Buffer[];
  /** A key was left out because its time is over; its name is argument 0. */
  readonly expired?: (db: Database, key: Args) => void;
}

export interface LoadResult {
  keys: number;
  expired: number;
  /** Collections without elements, left out. */
  empty: number;
  /** Values with mistakes, put right. */
  mended: number;
  /** What the file says of itself. */
  readonly aux: Map<string, string>;
}

/** A key that is there already. */
export class DuplicateKeyError extends RdbError {
  override readonly name = 'DuplicateKeyError';
}

/**
 * Loads an RDB file's bytes into the databases, key by key; yields after every few, so that the server can see to
 * other things. Throws RdbError, with what came before loaded.
 */
export function* loadRdb(
  input: RdbInput,
  server: Server,
  options: LoadOptions = {},
): Generator<LoadResult, LoadResult> {
  const result: LoadResult = { keys: 0, expired: 0, empty: 0, mended: 0, aux: new Map() };
  const version = yield* whole(input, result, () => readVersion(input));
  const loader = new Loader(input, server, options, result);
  while (!loader.readSome()) {
    yield result;
    if (input.isStarved) input.rewind();
  }
  if (version >= CHECKSUM_SINCE) yield* whole(input, result, () => checkSum(input, server));
  return result;
}

/** Reads something, from its start again when bytes of it were not there yet and have come. */
function* whole<T>(input: RdbInput, result: LoadResult, read: () => T): Generator<LoadResult, T> {
  for (;;) {
    input.mark();
    try {
      return read();
    } catch (error) {
      if (!input.isStarved) throw error;
    }
    yield result;
    input.rewind();
  }
}

/** What the file begins with. */
export function readVersion(input: RdbInput): number {
  input.raw(9);
  const text = input.held();
  if (!/^REDIS\d{4}$/.test(text)) throw new RdbError('Wrong signature trying to load DB from file');
  const version = Number.parseInt(text.slice(5), 10);
  if (!(version >= 1 && version <= NEWEST_RDB_VERSION))
    throw new RdbError(`Can't handle RDB format version ${version}`);
  return version;
}

function checkSum(input: RdbInput, server: Server): void {
  const isRight = sumIsRight(input);
  if (isRight === false && server.settings.rdbChecksum && !server.skipChecksums) throw new RdbError('RDB CRC error');
}

/** Reads the checksum at the end. Eight zero bytes, undefined: the file was written without. */
export function sumIsRight(input: RdbInput): boolean | undefined {
  const sum = input.checksum();
  input.raw(8);
  if (input.heldBytes().every((byte) => byte === 0)) return undefined;
  return sum?.equals(input.area.bytes, input.start);
}

class Loader {
  private db: Database;
  private expiry = 0;
  private idle: number | undefined;
  private frequency: number | undefined;
  /** Of its own: the value that follows may move the input's bytes. */
  private keyArea = Area.of(256);
  private readonly key = new Args();
  private readonly now: number;
  private readonly databases: readonly Database[];
  private readonly mended: Mended | undefined;
  /** In the value that is being read. */
  private readonly mistakes = new Set<string>();

  constructor(
    private readonly input: RdbInput,
    private readonly server: Server,
    private readonly options: LoadOptions,
    private readonly result: LoadResult,
  ) {
    this.databases = options.databases ?? server.keyspace.databases;
    this.db = this.databases[0]!;
    this.now = server.clock.now();
    this.mended = isSanitized(server) ? undefined : (what) => void this.mistakes.add(what);
  }

  /** Reads on until some records are done, or bytes are wanting; true at the end. */
  readSome(): boolean {
    const { input } = this;
    try {
      for (let left = RECORDS; left > 0; left--) {
        input.mark();
        if (!this.readRecord()) return true;
      }
    } catch (error) {
      if (!input.isStarved) throw error;
    }
    return false;
  }

  /** False at the end. */
  private readRecord(): boolean {
    const { input } = this;
    const code = input.byte();
    switch (code) {
      case Opcode.end:
        for (const db of this.databases) db.endReserve();
        return false;
      case Opcode.expireSeconds:
        this.expiry = input.seconds() * 1000;
        break;
      case Opcode.expireMs:
        this.expiry = input.time();
        break;
      case Opcode.idle:
        this.idle = input.size();
        break;
      case Opcode.frequency:
        this.frequency = input.byte();
        break;
      case Opcode.selectDb:
        this.select(input.size());
        break;
      case Opcode.resizeDb:
        this.reserve(input.size(), input.size());
        break;
      case Opcode.aux:
        this.result.aux.set(input.text(), input.text());
        break;
      case Opcode.function:
        input.string();
        if (this.options.libraries) this.options.libraries.push(Buffer.from(input.heldBytes()));
        else loadLibrary(this.server, input.heldBytes(), this.options.merge === true);
        break;
      case Opcode.moduleAux:
        throw new RdbError('the file contains data of a module');
      default:
        this.readKey(code);
    }
    return true;
  }

  private select(number: number): void {
    const db = this.databases[number];
    if (!db)
      throw new RdbError(`Data file was created with a server configured to handle more than ${number} databases`);
    this.db = db;
  }

  /** So that the indexes need not grow: as many as the file says, and as its bytes can hold. */
  private reserve(keys: number, expiring: number): void {
    const most = Math.min(this.input.remaining / LEAST_RECORD, MOST_RESERVED);
    this.db.reserve(Math.min(keys, most), Math.min(expiring, most));
  }

  private takeKey(): void {
    const { input, key } = this;
    // Those of a value whose bytes had not all come are found again.
    this.mistakes.clear();
    input.string();
    const { length } = input;
    if (length > this.keyArea.bytes.length) this.keyArea = Area.of(length * 2);
    copyPart(input.area, input.start, this.keyArea, 0, length);
    key.resetIn(this.keyArea, 0);
    key.add(0, length);
  }

  private readKey(type: number): void {
    const { input, result, key } = this;
    this.takeKey();
    try {
      const value = readValue(input, type, this.server.settings, this.mended);
      if (this.expiry !== 0 && this.expiry < this.now && !this.options.keepExpired) {
        result.expired++;
        this.options.expired?.(this.db, key);
      } else {
        this.add(value);
        if (this.mistakes.size > 0) this.tellMended();
      }
    } catch (error) {
      if (!(error instanceof EmptyCollectionError)) throw error;
      if (result.empty++ < MOST_TOLD) this.server.log('notice', `rdbLoadObject skipping empty key: ${key.text(0)}`);
    }
    this.expiry = 0;
    this.idle = this.frequency = undefined;
  }

  private tellMended(): void {
    const { key, result, server } = this;
    if (result.mended++ >= MOST_TOLD) return;
    const what = [...this.mistakes].join(', ');
    server.log('warning', `The value of '${key.text(0)}' was not sound and has been put right: ${what}`);
  }

  /** A string is what the input holds. */
  private add(value: CollectionValue | undefined): void {
    const { db, key, input } = this;
    const old = db.entries.find(key, 0, db.entries.hash(key, 0));
    if (old !== 0) {
      if (!this.options.merge)
        throw new DuplicateKeyError(`RDB has duplicated key '${key.text(0)}' in DB ${db.number}`);
      db.remove(old);
    }
    const ref =
      value === undefined
        ? db.addLoadedString(key, 0, input.area, input.start, input.length, this.expiry)
        : db.addLoaded(key, 0, value, this.expiry);
    this.result.keys++;
    if (this.idle !== undefined || this.frequency !== undefined) this.setAccess(ref);
  }

  private setAccess(ref: Ref): void {
    const { db, server } = this;
    const { access } = server.keyspace;
    const byFrequency = server.settings.maxMemoryPolicy.endsWith('lfu');
    if (byFrequency && this.frequency !== undefined) access.setFrequency(db.entries, ref, this.frequency);
    if (!byFrequency && this.idle !== undefined) access.setIdleTime(db.entries, ref, this.idle * 1000);
  }
}

/** Records between two looks at anything else. */
const RECORDS = 128;
/** Keys of which something is told in the log. */
const MOST_TOLD = 10;
/** Bytes of the shortest key with its value. */
const LEAST_RECORD = 3;
/** Keys that room is made for at once, though their bytes are still to come. */
const MOST_RESERVED = 2 ** 24;
/** Files of earlier versions end without a checksum. */
export const CHECKSUM_SINCE = 5;
