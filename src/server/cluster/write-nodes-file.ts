import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** In place of what was there, whole; `surely`: once it is on the disk. */
export function writeNodesFile(path: string, text: string, surely: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o644);
  try {
    writeSync(file, text);
    if (surely) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
