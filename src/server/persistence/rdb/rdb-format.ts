import { Args } from '../../../resp/args.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { Type } from '../../keyspace/value.js';
import type { Server } from '../../server.js';
import { REDIS_VERSION } from '../../version.js';
import { type HeldValue, holdLarge, LARGE_BYTES } from '../held-value.js';
import type { SnapshotFormat, SnapshotParts, SnapshotSource } from '../snapshot.js';
import { Behind } from './behind.js';
import { Crc64 } from './crc64.js';
import { RdbOutput } from './rdb-output.js';
import { NEWEST_RDB_VERSION, Opcode, RDB_VERSION } from './types.js';
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
  private readonly behind: Behind;
  private isInParts = false;
  private readonly sum = new Crc64();
  private selected = -1;
  private readonly announced = new Set<SnapshotSource>();
  /** What the policy for a full memory goes by, where that is how much a key is used. */
  private readonly tells: 'idle' | 'frequency' | undefined;

  constructor(
    private readonly server: Server,
    contents: RdbContents,
  ) {
    this.output = this.createOutput(PIECE);
    this.behind = new Behind(() => this.createOutput(BEHIND + LITTLE), BEHIND);
    const { maxMemoryPolicy: policy } = server.settings;
    this.tells = policy.endsWith('lru') ? 'idle' : policy.endsWith('lfu') ? 'frequency' : undefined;
    this.writeHead(contents);
  }

  private createOutput(expected?: number): RdbOutput {
    return new RdbOutput(this.server.settings.rdbCompression, expected, LARGE_BYTES);
  }

  get length(): number {
    return this.output.length;
  }

  take(): Buffer {
    const bytes = this.output.take();
    if (this.server.settings.rdbChecksum) this.sum.update(bytes);
    return bytes;
  }

  reuse(): void {
    this.output.reuse();
  }

  /** The rest with the end and the checksum, which is 0 where there is to be none. */
  finish(): Buffer {
    this.output.byte(Opcode.end);
    const bytes = this.take();
    const sum = Buffer.alloc(8);
    if (this.server.settings.rdbChecksum) this.sum.writeTo(sum, 0);
    return Buffer.concat([bytes, sum]);
  }

  private writeHead({ replication, isAppendOnlyBase = false, functionsOnly = false }: RdbContents): void {
    const { output, server } = this;
    // Times of fields are what version 10 has no place for: who does not know them refuses the file at once.
    const hasFieldTimes = !functionsOnly && server.keyspace.databases.some((db) => db.fields.hasTimes(db));
    const version = hasFieldTimes ? NEWEST_RDB_VERSION : RDB_VERSION;
    output.raw(Buffer.from(`REDIS${String(version).padStart(4, '0')}`, 'latin1'));
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
    const output = this.isInParts ? this.behind.output : this.output;
    if (this.saveKey(output, source, ref)) writeValue(output, source.entries, ref, this.server.settings);
  }

  inParts(source: SnapshotSource, ref: Ref): SnapshotParts | undefined {
    const held = holdLarge(source.entries, ref);
    if (held === undefined) return undefined;
    const head = this.createOutput();
    this.writeKey(head, source.entries, ref);
    let left: HeldValue | undefined = held;
    const steps = this.keyAndParts(source, head.take(), held, () => {
      left = undefined;
    });
    return { step: () => !steps.next().done, keep: () => left?.keep() };
  }

  private *keyAndParts(
    source: SnapshotSource,
    head: Buffer,
    held: HeldValue,
    written: () => void,
  ): Generator<undefined, void> {
    this.select(this.output, source);
    this.output.raw(head);
    this.isInParts = true;
    yield* writeInParts(this.output, held, this.server.settings);
    written();
    // What is written meanwhile stays behind it: the database that was selected last is that of the last piece.
    while (this.behind.moveTo(this.output)) yield;
    this.isInParts = false;
  }

  /** All that stands before the value; false where the value has nothing to be written any more. */
  private saveKey(output: RdbOutput, source: SnapshotSource, ref: Ref): boolean {
    const { entries } = source;
    // A hash whose last fields are over is about to go.
    if (entries.type(ref) === Type.hash && entries.collection(ref).size === 0) return false;
    this.select(output, source);
    this.writeKey(output, entries, ref);
    return true;
  }

  private writeKey(output: RdbOutput, entries: Entries, ref: Ref): void {
    const expiry = entries.expiry(ref);
    if (expiry !== 0) {
      output.byte(Opcode.expireMs);
      output.time(expiry);
    }
    this.writeAccess(output, entries, ref);
    writeType(output, entries, ref);
    entries.keyInto(ref, KEY);
    output.part(KEY.area, KEY.start(0), KEY.length(0));
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
    const { keyspace } = this.server;
    if (this.tells === 'idle') {
      output.byte(Opcode.idle);
      output.size(Math.floor(keyspace.access.idleTime(entries, ref) / 1000));
    } else if (this.tells === 'frequency') {
      output.byte(Opcode.frequency);
      output.byte(keyspace.access.frequency(entries, ref));
    }
  }
}

const KEY = new Args();
/** Bytes of what is written behind a large value that are moved there at a time, and what a key usually takes at most. */
const BEHIND = 64 * 1024;
const LITTLE = 8 * 1024;
/** Bytes that are about to be taken together, and the longest step. */
const PIECE = 256 * 1024 + BEHIND + LITTLE;
