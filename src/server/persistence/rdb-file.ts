import { close, closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { RdbInput, type RdbSource } from './rdb/rdb-input.js';

/**
 * Files that are there whole or not at all: bytes go to a temporary file beside, which takes the name once they are on
 * the disk. A crash in between leaves the old file, and at worst the temporary one.
 */

export interface WriteOptions {
  readonly mode?: number;
  /** Without it whatever a crash of the machine leaves of it. */
  readonly isDurable?: boolean;
}

export function writeFileWhole(
  path: string,
  temporary: string,
  pieces: Iterable<Buffer>,
  { mode = 0o644, isDurable = true }: WriteOptions = {},
): void {
  try {
    writePieces(temporary, pieces, mode, isDurable);
    replaceFile(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (isDurable) syncFolder(dirname(path));
}

function writePieces(path: string, pieces: Iterable<Buffer>, mode: number, isDurable: boolean): void {
  const file = openSync(path, 'w', mode);
  try {
    for (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    if (isDurable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** As `writeFileWhole`, a piece after another as they come. `confirm` throws when the file is not wanted any more. */
export async function streamFileWhole(
  path: string,
  temporary: string,
  pieces: AsyncIterable<Buffer>,
  confirm?: () => void,
): Promise<void> {
  try {
    await writeAll(temporary, pieces);
    // At once, so that none is put over what has been saved since.
    confirm?.();
    replaceFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolderBeside(dirname(path));
}

async function writeAll(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the names in it survive a crash as well; where folders cannot be opened it has to do without. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {}
}

/** As `syncFolder`, beside the event loop. */
export async function syncFolderBeside(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {}
}

/** As `renameSync`; what the name meant before is freed beside the event loop, which takes 10 ms for 100 MB. */
export function replaceFile(from: string, path: string): void {
  const free = holdOpen(path);
  try {
    renameSync(from, path);
  } finally {
    free();
  }
}

/** As `rmSync` with `force`, likewise. */
export function removeFile(path: string): void {
  const free = holdOpen(path);
  try {
    rmSync(path, { force: true });
  } finally {
    free();
  }
}

/** Keeps what is in a file from being freed with its name; the function that is answered lets it go. */
function holdOpen(path: string): () => void {
  // An open file keeps its name there.
  if (platform() === 'win32') return () => undefined;
  try {
    const file = openSync(path, 'r');
    return () => close(file, () => undefined);
  } catch {
    return () => undefined;
  }
}

/** A file to load; `close` it in the end. Undefined when there is none. */
export function openRdb(path: string): OpenRdb | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  const file = openSync(path, 'r');
  const input = new RdbInput(Buffer.allocUnsafe(CHUNK), 0, new FileSource(file, size), true);
  return { input, close: () => closeSync(file) };
}

export interface OpenRdb {
  readonly input: RdbInput;
  /** Of one that is still coming: resolves when so many bytes more are there than the input has, or no more will come. */
  more?(count: number): Promise<void>;
  close(): void;
}

class FileSource implements RdbSource {
  constructor(
    private readonly file: number,
    public remaining: number,
  ) {}

  read(bytes: Buffer, at: number): number {
    const read = readSync(this.file, bytes, at, bytes.length - at, null);
    this.remaining = read === 0 ? 0 : Math.max(0, this.remaining - read);
    return read;
  }
}

const CHUNK = 256 * 1024;
