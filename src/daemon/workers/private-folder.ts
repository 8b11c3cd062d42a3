import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A folder of this process alone, with short names in it: in the one that systemd made for the service
 * (RuntimeDirectory=), where this process may write there, else among temporary files. It has mode 0700: who can reach a socket in it is the same user.
 */
export class PrivateFolder {
  readonly #path: string;
  #names = 0;

  constructor() {
    // Several, parted by colons, where the unit names several.
    const [runtime] = process.env['RUNTIME_DIRECTORY']?.split(':') ?? [];
    this.#path = create(runtime || tmpdir());
  }

  /** A path that nothing had before. */
  next(): string {
    return path.join(this.#path, `${++this.#names}.sock`);
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

function create(where: string): string {
  try {
    return mkdtempSync(path.join(where, 'lookupd-'));
  } catch (error) {
    // systemd makes it for the user of the unit, root where it names none, and run-as has made this process another's.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || where === tmpdir()) throw error;
    return create(tmpdir());
  }
}
