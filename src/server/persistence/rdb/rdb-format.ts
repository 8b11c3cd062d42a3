import { Args } from '../../../resp/args.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { Type } from '../../keyspace/value.js';
import type { Server } from '../../server.js';
import { REDIS_VERSION } from '../../version.js';
import type { SnapshotFormat, SnapshotSource } from '../snapshot.js';
import { Crc64 } from './crc64.js';
import { RdbOutput } from './rdb-output.js';
import { Opcode, RDB_VERSION } from './types.js';
import { writeInParts } from './write-in-parts.js';
import { writeType, writeValue } from './write-value.js';

export interface RdbContents {
  /** Only the function libraries, no keys. */
  readonly functionsOnly?: boolean;
  /** Where the data is in the replication stream. */
  readonly replication?: { readonly id: string; readonly offset: number; readonly database: number };
  /** Base of an append-only file. */
  readonly isAppendOnlyBase?: boolean;
}

/** A snapshot as an RDB file. */
export class RdbFormat implements SnapshotFormat {
  private readonly output: RdbOutput;
  /** What comes after the value that is being written in parts. */
  private readonly behind: RdbOutput;
  private isInParts = false;
  private readonly sum = new Crc64();
  private selected = -1;
  private readonly announced = new Set<SnapshotSource>();

  constructor(
    private readonly server: Server,
    contents: RdbContents,
  ) {
    this.output = new RdbOutput(server.settings.rdbCompression);
    this.behind = new RdbOutput(server.settings.rdbCompression);
    this.writeHead(contents);
  }

  get length(): number {
    return this.output.length;
  }

  take(): Buffer {
    const bytes = this.output.take();
    if (this.server.settings.rdbChecksum) this.sum.update(bytes);
    return bytes;
  }

  /** The rest with the end and the checksum, which is 0 where there is to be none. */
  finish(): Buffer {
    this.output.byte(Opcode.end);
    const bytes = this.take();
    const sum = Buffer.alloc(8);
    if (this.server.settings.rdbChecksum) this.sum.writeTo(sum, 0);
    return Buffer.concat([bytes, sum]);
  }

  private writeHead({ replication, isAppendOnlyBase = false }: RdbContents): void {
    const { output, server } = this;
    output.raw(Buffer.from(`REDIS${String(RDB_VERSION).padStart(4, '0')}`, 'latin1'));
    this.writeAux('redis-ver', REDIS_VERSION);
    this.writeAux('redis-bits', '64');
    this.writeAux('ctime', String(Math.floor(server.clock.now() / 1000)));
    this.writeAux('used-mem', String(Math.floor(server.usedMemory)));
    if (replication) {
      this.writeAux('repl-stream-db', String(replication.database));
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

  save(source: SnapshotSource, ref: Ref): void {
    // Behind what is being written in parts.
    const output = this.isInParts ? this.behind : this.output;
    if (this.saveKey(output, source, ref)) writeValue(output, source.entries, ref, this.server.settings);
  }

  saveInParts(source: SnapshotSource, ref: Ref): Generator<undefined, void> | undefined {
    const { entries } = source;
    if (this.isInParts || entries.type(ref) === Type.string) return undefined;
    const steps = writeInParts(this.output, entries.collection(ref), this.server.settings);
    return steps && this.keyAndParts(source, ref, steps);
  }

  private *keyAndParts(source: SnapshotSource, ref: Ref, steps: Iterable<undefined>): Generator<undefined, void> {
    this.saveKey(this.output, source, ref);
    this.isInParts = true;
    yield* steps;
    this.isInParts = false;
    this.output.raw(this.behind.take());
  }

  /** All that stands before the value; false where the value has nothing to be written any more. */
  private saveKey(output: RdbOutput, source: SnapshotSource, ref: Ref): boolean {
    const { entries } = source;
    // A hash whose last fields are over is about to go.
    if (entries.type(ref) === Type.hash && entries.collection(ref).size === 0) return false;
    this.select(output, source);
    const expiry = entries.expiry(ref);
    if (expiry !== 0) {
      output.byte(Opcode.expireMs);
      output.time(expiry);
    }
    this.writeAccess(output, entries, ref);
    writeType(output, entries, ref);
    entries.keyInto(ref, KEY);
    output.string(KEY.buffer, KEY.start(0), KEY.length(0));
    return true;
  }

  private select(output: RdbOutput, source: SnapshotSource): void {
    if (this.selected === source.number) return;
    this.selected = source.number;
    output.byte(Opcode.selectDb);
    output.size(source.number);
    if (this.announced.has(source)) return;
    this.announced.add(source);
    output.byte(Opcode.resizeDb);
    output.size(source.size);
    output.size(source.expires);
  }

  /** How much the key is used, under the policies that go by it. */
  private writeAccess(output: RdbOutput, entries: Entries, ref: Ref): void {
    const { keyspace, settings } = this.server;
    const { maxMemoryPolicy: policy } = settings;
    if (policy.endsWith('lru')) {
      output.byte(Opcode.idle);
      output.size(Math.floor(keyspace.access.idleTime(entries, ref) / 1000));
    } else if (policy.endsWith('lfu')) {
      output.byte(Opcode.frequency);
      output.byte(keyspace.access.frequency(entries, ref));
    }
  }
}

const KEY = new Args();
