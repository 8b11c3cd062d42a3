import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { FileLookupConfig } from '../../config/model.js';
import { type ListReading, ListRefused, loadList } from './load-list.js';
import type { Notice } from './loaded-list.js';

/** A file that was read, whole and unchanged from the first byte to the last. */
export interface ReadFile extends ListReading {
  readonly version: string;
  /** Its last line has no end: who writes it may not be done. */
  readonly cutOff: boolean;
}

/** The file cannot be used; the message names it, `notices` its lines. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';

  constructor(
    readonly config: FileLookupConfig,
    readonly reason: string,
    readonly notices: readonly Notice[] = [],
    /** It changed while it was read. */
    readonly changing = false,
  ) {
    super(`list "${config.id}": ${reason}`);
  }
}

/**
 * Tells one state of a file from another: a file that replaced it, through a symbolic link too, has another number.
 * Undefined when there is none.
 */
export async function versionOf(path: string): Promise<string | undefined> {
  try {
    return versionFrom(await stat(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function versionFrom({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Rejects with FileRefused: it is not there, not readable, too large, changes under the reader, or has wrong lines. */
export async function readListFile(config: FileLookupConfig, signal?: AbortSignal): Promise<ReadFile> {
  const { bytes, version } = await readUnchanged(config);
  const reading = await loadList(bytes, config.list, signal).catch((error: unknown) => {
    throw error instanceof ListRefused ? new FileRefused(config, error.message) : error;
  });
  if (reading.errors > 0) throw new FileRefused(config, describe(reading), reading.notices);
  return { ...reading, version, cutOff: bytes.length > 0 && bytes.at(-1) !== LF };
}

function describe({ notices, errors }: ListReading): string {
  const first = notices[0] as Notice;
  const more = errors > 1 ? `, and ${errors - 1} more lines are wrong` : '';
  return `line ${first.line.number}: ${first.message}${more}`;
}

async function readUnchanged(config: FileLookupConfig): Promise<{ readonly bytes: Buffer; readonly version: string }> {
  try {
    await using file = await openFile(config.path);
    const before = await file.handle.stat({ bigint: true });
    if (!before.isFile()) throw new FileRefused(config, 'it is not a file');
    const { size } = config.list.limits;
    if (before.size > size) throw new FileRefused(config, `it has more than ${size} bytes`);
    const bytes = await readBytes(file.handle, Number(before.size));
    const version = versionFrom(await file.handle.stat({ bigint: true }));
    if (version !== versionFrom(before)) throw new FileRefused(config, 'it is being written', [], true);
    return { bytes, version };
  } catch (error) {
    throw error instanceof FileRefused ? error : new FileRefused(config, explain(error));
  }
}

async function openFile(path: string) {
  const handle = await open(path, 'r');
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}

async function readBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, CHUNK), at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

const LF = 0x0a;
const CHUNK = 4 * 1_048_576;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot read the file: ${(code !== undefined && REASONS[code]) || message}`;
}
