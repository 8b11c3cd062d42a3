import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { writeFileWhole } from '../persistence/rdb-file.js';

/** In place of what was there, whole; `surely`: once it is on the disk. */
export function writeNodesFile(path: string, text: string, surely: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  if (surely) {
    writeFileWhole(path, temporary, [Buffer.from(text)]);
    return;
  }
  try {
    writeFileSync(temporary, text, { mode: 0o644 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
