import { Args } from '../../../resp/args.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { Type } from '../../keyspace/value.js';
import type { Server } from '../../server.js';
import { REDIS_VERSION } from '../../version.js';
import { Crc64 } from './crc64.js';
import { RdbOutput } from './rdb-output.js';
import { Opcode, RDB_VERSION } from './types.js';
import { writeType, writeValue } from './write-value.js';

export interface SnapshotContents {
  /** Only the function libraries, no keys. */
  readonly functionsOnly?: boolean;
  /** Where the data is in the replication stream. */
  readonly replication?: { readonly id: string; readonly offset: number };
  /** Base of an append-only file. */
  readonly isAppendOnlyBase?: boolean;
}

/**
 * The data at the moment of construction as an RDB file's bytes, made piece by piece while commands run on: a key that
 * is about to change is written before it does, out of turn. Each key is written once, whichever comes first.
 *
 * One snapshot at a time: entries have one bit for it. Whoever makes one ends it, by taking all pieces or by `end`.
 */
export class Snapshot {
  /** Keys written so far, and all there are. */
  keys = 0;
  readonly total: number;
  /** Changes that the data had seen. */
  readonly dirty: number;
  private readonly output: RdbOutput;
  private readonly sum = new Crc64();
  private readonly sources: readonly Source[];
  private selected = -1;
  private ended = false;

  constructor(
    private readonly server: Server,
    contents: SnapshotContents = {},
  ) {
    this.dirty = server.effects.dirty;
    this.output = new RdbOutput(server.settings.rdbCompression);
    this.writeHead(contents);
    const databases = contents.functionsOnly ? [] : server.keyspace.databases.filter(({ size }) => size > 0);
    this.sources = databases.map((db) => ({
      number: db.number,
      entries: db.entries,
      size: db.size,
      expires: db.expiring.size,
      announced: false,
    }));
    this.total = this.sources.reduce((sum, { size }) => sum + size, 0);
    for (const source of this.sources) source.entries.beginSnapshot((ref) => this.save(source, ref));
  }

  /** The bytes: a piece when it is large enough, or when the time of a slice (milliseconds) is over; it may be empty. */
  *pieces(slice = Number.POSITIVE_INFINITY): Generator<Buffer> {
    let until = performance.now() + slice;
    try {
      for (const source of this.sources) {
        for (let cursor = 0; !this.ended; ) {
          cursor = source.entries.index.scan(cursor, (ref) => {
            if (source.entries.isUnsaved(ref)) this.save(source, ref);
          });
          if (cursor === 0) break;
          if (this.output.length < PIECE && performance.now() < until) continue;
          yield this.take();
          until = performance.now() + slice;
        }
      }
      this.end(false);
      yield this.finish();
    } finally {
      this.end(true);
    }
  }

  /** Takes the rest into memory at once, so that another snapshot can begin. */
  rush(): void {
    for (const source of this.sources) {
      source.entries.index.forEach((ref) => {
        if (!this.ended && source.entries.isUnsaved(ref)) this.save(source, ref);
      });
    }
    this.end(false);
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Forgets what is not saved yet. */
  end(early = true): void {
    if (this.ended) return;
    this.ended = true;
    for (const { entries } of this.sources) entries.endSnapshot(early);
  }

  private take(): Buffer {
    const bytes = this.output.take();
    if (this.server.settings.rdbChecksum) this.sum.update(bytes);
    return bytes;
  }

  /** The rest with the end and the checksum, which is 0 where there is to be none. */
  private finish(): Buffer {
    this.output.byte(Opcode.end);
    const bytes = this.take();
    const sum = Buffer.alloc(8);
    if (this.server.settings.rdbChecksum) this.sum.writeTo(sum, 0);
    return Buffer.concat([bytes, sum]);
  }

  private writeHead({ replication, isAppendOnlyBase = false }: SnapshotContents): void {
    const { output, server } = this;
    output.raw(Buffer.from(`REDIS${String(RDB_VERSION).padStart(4, '0')}`, 'latin1'));
    this.writeAux('redis-ver', REDIS_VERSION);
    this.writeAux('redis-bits', '64');
    this.writeAux('ctime', String(Math.floor(server.clock.now() / 1000)));
    this.writeAux('used-mem', String(Math.floor(server.usedMemory)));
    if (replication) {
      this.writeAux('repl-stream-db', '0');
      this.writeAux('repl-id', replication.id);
      this.writeAux('repl-offset', String(replication.offset));
    }
    this.writeAux('aof-base', isAppendOnlyBase ? '1' : '0');
    for (const { code } of server.scripts?.functions.libraries ?? []) {
      output.byte(Opcode.function);
      output.string(code);
    }
  }

  private writeAux(name: string, value: string): void {
    this.output.byte(Opcode.aux);
    this.output.text(name);
    this.output.text(value);
  }

  private save(source: Source, ref: Ref): void {
    const { output } = this;
    const { entries } = source;
    entries.markSaved(ref);
    // A hash whose last fields are over is about to go.
    if (entries.type(ref) === Type.hash && entries.collection(ref).size === 0) return;
    this.select(source);
    const expiry = entries.expiry(ref);
    if (expiry !== 0) {
      output.byte(Opcode.expireMs);
      output.time(expiry);
    }
    this.writeAccess(entries, ref);
    writeType(output, entries, ref);
    entries.keyInto(ref, KEY);
    output.string(KEY.buffer, KEY.start(0), KEY.length(0));
    writeValue(output, entries, ref, this.server.settings);
    this.keys++;
  }

  private select(source: Source): void {
    const { output } = this;
    if (this.selected === source.number) return;
    this.selected = source.number;
    output.byte(Opcode.selectDb);
    output.size(source.number);
    if (source.announced) return;
    source.announced = true;
    output.byte(Opcode.resizeDb);
    output.size(source.size);
    output.size(source.expires);
  }

  /** How much the key is used, under the policies that go by it. */
  private writeAccess(entries: Entries, ref: Ref): void {
    const { keyspace, settings } = this.server;
    const { maxMemoryPolicy: policy } = settings;
    if (policy.endsWith('lru')) {
      this.output.byte(Opcode.idle);
      this.output.size(Math.floor(keyspace.access.idleTime(entries, ref) / 1000));
    } else if (policy.endsWith('lfu')) {
      this.output.byte(Opcode.frequency);
      this.output.byte(keyspace.access.frequency(entries, ref));
    }
  }
}

/** What a database had. Its entries may be another database's by now (SWAPDB), or nobody's (FLUSHDB). */
interface Source {
  readonly number: number;
  readonly entries: Entries;
  readonly size: number;
  readonly expires: number;
  announced: boolean;
}

const PIECE = 256 * 1024;
const KEY = new Args();
