import { writeFileWhole } from '../persistence/rdb-file.js';

/** In place of what was there, whole; `surely`: once it is on the disk. */
export function writeNodesFile(path: string, text: string, surely: boolean): void {
  writeFileWhole(path, `${path}.${process.pid}.tmp`, [Buffer.from(text)], { isDurable: surely });
}
