import { readFileSync, statSync } from 'node:fs';

/** What reading a configuration takes from the machine; tests give their own. */
export interface ConfigHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The bytes of a file. Throws as node:fs does. */
  readonly readFile: (path: string) => Uint8Array | string;
  /** The permission bits of a file; undefined when they cannot be told. */
  readonly fileMode: (path: string) => number | undefined;
}

export const systemHost: ConfigHost = {
  get env() {
    return process.env;
  },
  readFile: (path) => readFileSync(path),
  fileMode: (path) => statSync(path, { throwIfNoEntry: false })?.mode,
};

/** A file that all users of the machine can read. */
export function isWorldReadable(host: ConfigHost, path: string): boolean {
  const mode = host.fileMode(path);
  return mode !== undefined && (mode & 0o004) !== 0;
}

/** Throws FileUnreadable, which says why in plain words, also when the bytes are no UTF-8. */
export function readText(host: ConfigHost, path: string): string {
  let bytes: Uint8Array | string;
  try {
    bytes = host.readFile(path);
  } catch (error) {
    throw new FileUnreadable(path, explain(error));
  }
  if (typeof bytes === 'string') return bytes;
  try {
    // Without ignoreBOM a byte order mark at the start is dropped, as editors on Windows write it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileUnreadable(path, 'it is not UTF-8 text');
  }
}

export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';

  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`cannot read ${path}: ${reason}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links',
};

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && REASONS[code]) || message;
}
