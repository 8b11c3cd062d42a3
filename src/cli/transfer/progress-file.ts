import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Place, START } from './lines.js';

/**
 * How far an import has come, beside its file: written now and then and when it is stopped, gone when it is done. It
 * counts only for the same file, unchanged, and the same map and store.
 */
export class ProgressFile {
  readonly path: string;
  readonly #subject: string;

  constructor(file: string, map: string, store: string) {
    this.path = `${file}.import-progress`;
    const { size, mtimeMs } = statSync(file);
    this.#subject = JSON.stringify({ size, mtimeMs, map, store });
  }

  /** The place to go on at; the start when nothing, or nothing that counts, was kept. */
  read(): Place {
    try {
      const kept = JSON.parse(readFileSync(this.path, 'utf8')) as {
        subject?: unknown;
        offset?: unknown;
        line?: unknown;
      };
      const { subject, offset, line } = kept;
      const counts = subject === this.#subject && Number.isSafeInteger(offset) && Number.isSafeInteger(line);
      return counts ? { offset: offset as number, line: line as number } : START;
    } catch {
      return START;
    }
  }

  /** False when it cannot be kept. */
  write({ offset, line }: Place): boolean {
    try {
      writeFileSync(`${this.path}.new`, `${JSON.stringify({ subject: this.#subject, offset, line })}\n`);
      renameSync(`${this.path}.new`, this.path);
      return true;
    } catch {
      return false;
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
