import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { RdbInput } from '../persistence/rdb/rdb-input.js';
import { type OpenRdb, openRdb } from '../persistence/rdb-file.js';

/** Where a snapshot's end is: after so many bytes, or where a mark is. */
export type SnapshotEnd = { readonly length: number } | { readonly mark: Buffer };

/** Where a snapshot is kept until it is loaded. */
export interface SnapshotStore {
  write(bytes: Buffer): void;
  /** To be read from the start, nothing but the first `length` bytes of it. */
  open(length: number): Promise<OpenRdb>;
  /** It is of no more use. */
  discard(): void;
}

/** In memory: for a server that keeps no files. */
export class MemoryStore implements SnapshotStore {
  private readonly pieces: Buffer[] = [];

  write(bytes: Buffer): void {
    this.pieces.push(bytes);
  }

  async open(length: number): Promise<OpenRdb> {
    const bytes = Buffer.concat(this.pieces, length);
    this.pieces.length = 0;
    return { input: new RdbInput(bytes, length, undefined, true), close: () => undefined };
  }

  discard(): void {
    this.pieces.length = 0;
  }
}

/** In a temporary file, which becomes the server's RDB file when it is whole. */
export class FileStore implements SnapshotStore {
  private descriptor: number | undefined;

  constructor(
    private readonly temporary: string,
    private readonly path: string,
  ) {
    this.descriptor = openSync(temporary, 'w', 0o644);
  }

  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor!, bytes, at);
  }

  /** What follows the file's end does no harm: the reader knows where it is. */
  async open(): Promise<OpenRdb> {
    this.close();
    // It takes the place of the server's own file: a crash must not leave neither.
    const file = await open(this.temporary, 'r+');
    await file.sync().finally(() => file.close());
    renameSync(this.temporary, this.path);
    return openRdb(this.path)!;
  }

  discard(): void {
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/**
 * Takes a snapshot's bytes up to its end: so many as were announced, or up to a mark that nothing follows until this
 * server has said that it has loaded.
 */
export class SnapshotReceiver {
  /** Bytes so far. */
  received = 0;
  private tail: Buffer = Buffer.alloc(0);

  constructor(
    private readonly store: SnapshotStore,
    private readonly end: SnapshotEnd,
  ) {}

  /** Announced; undefined when only the mark will tell. */
  get total(): number | undefined {
    return 'length' in this.end ? this.end.length : undefined;
  }

  /** What came behind the end; undefined while there is more to come. */
  take(bytes: Buffer): Buffer | undefined {
    if ('mark' in this.end) return this.takeMarked(bytes, this.end.mark);
    const own = bytes.subarray(0, this.end.length - this.received);
    this.store.write(own);
    this.received += own.length;
    return this.received === this.end.length ? bytes.subarray(own.length) : undefined;
  }

  open(): Promise<OpenRdb> {
    return this.store.open(this.received);
  }

  discard(): void {
    this.store.discard();
  }

  private takeMarked(bytes: Buffer, mark: Buffer): Buffer | undefined {
    const all = Buffer.concat([this.tail, bytes]);
    // The last bytes may be the mark, or a part of it.
    const own = all.subarray(0, Math.max(0, all.length - mark.length));
    this.tail = all.subarray(own.length);
    if (own.length > 0) this.store.write(own);
    this.received += own.length;
    return this.tail.equals(mark) ? Buffer.alloc(0) : undefined;
  }
}
