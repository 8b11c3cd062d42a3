import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './pages.js';

/** The package's entries and the sources behind them. */
export const ENTRIES: Readonly<Record<string, string>> = {
  lookupd: join(ROOT, 'src/index.ts'),
  'lookupd/server': join(ROOT, 'src/server/index.ts'),
  'lookupd/testing': join(ROOT, 'src/testing/index.ts'),
};

/** Makes a folder look like a project with `lookupd` installed: its sources, run by tsx, and what tests need. */
export function installInto(folder: string): void {
  const home = join(folder, 'node_modules/lookupd');
  mkdirSync(home, { recursive: true });
  const exports = Object.keys(ENTRIES).map((name) => [name.replace('lookupd', '.'), `./${fileOf(name)}`]);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: 'lookupd', type: 'module', exports: Object.fromEntries(exports) }),
  );
  for (const [name, source] of Object.entries(ENTRIES)) {
    writeFileSync(join(home, fileOf(name)), `export * from '${pathToFileURL(source).href}';\n`);
  }
  for (const name of ['vitest', 'ioredis', 'redis']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
}

function fileOf(entry: string): string {
  return `${entry.replace('/', '-')}.js`;
}
