import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends Disposable {
  readonly path: string;
  file(name: string): string;
  /** What is in it, but for a server's lock. */
  names(): string[];
}

/** A temporary folder that is gone at the end of its scope: `using folder = temporaryFolder()`. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'lookupd-test-'));
  return {
    path,
    file: (name) => join(path, name),
    names: () => readdirSync(path).filter((name) => name !== '.lookupd.lock'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
