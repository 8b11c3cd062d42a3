import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Every Markdown page that users and contributors read, as paths from the root. */
export function markdownPages(): string[] {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')];
}

/** Every configuration that comes along. */
export function configurations(): string[] {
  return filesUnder('config', '.toml');
}

function filesUnder(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}
