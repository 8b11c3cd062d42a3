import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house's rules as data: a folder imports only from folders above it in this list, and a package only
 * where it is named. `server` stands alone on core, resp and net, so that it can be embedded anywhere.
 */
const FOLDERS = [
  'core',
  'resp',
  'net',
  'config',
  'observe',
  'server',
  'links',
  'stores',
  'lookups',
  'frontends',
  'daemon',
  'cli',
] as const;

const NARROWER: Readonly<Record<string, readonly string[]>> = {
  server: ['core', 'resp', 'net'],
  testing: FOLDERS.filter((folder) => folder !== 'daemon' && folder !== 'cli'),
};

/** Packages that belong to one folder. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  ioredis: ['links'],
  'smol-toml': ['config'],
  'toml-eslint-parser': ['config'],
  'p-retry': ['stores'],
  'wasmoon-lua5.1': ['server'],
  commander: ['cli'],
  'prom-client': ['observe'],
  hono: ['frontends'],
  re2js: ['lookups'],
};

const src = path.resolve(import.meta.dirname, '../../src');

interface Import {
  readonly file: string;
  readonly from: string;
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(full);
    else if (entry.name.endsWith('.ts')) yield full;
  }
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gms);
  return [...found].map((match) => ({ file: path.relative(src, file), from: (match[1] ?? match[2])! }));
}

const imports = [...sources(src)].flatMap(importsOf);

const folderOf = (file: string) => file.split(path.sep)[0]!;

describe('imports', () => {
  it('finds sources to check', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('go one way between folders', () => {
    const wrong = imports
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, target: path.relative(src, path.resolve(src, path.dirname(file), from)) }))
      .filter(({ file, target }) => !allowed(file, target));
    expect(wrong).toEqual([]);
  });

  it('end in .js, as Node resolves them', () => {
    expect(imports.filter(({ from }) => from.startsWith('.') && !from.endsWith('.js'))).toEqual([]);
  });

  it('take a package only in the folder that owns it', () => {
    const wrong = imports.filter(
      ({ file, from }) => OWNERS[from] !== undefined && !OWNERS[from]!.includes(folderOf(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('name no default export', () => {
    const wrong = [...sources(src)].filter((file) => /^export default\b/m.test(readFileSync(file, 'utf8')));
    expect(wrong).toEqual([]);
  });
});

function allowed(file: string, target: string): boolean {
  // The package's entry files at the top compose what is below.
  if (!file.includes(path.sep)) return true;
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to) return true;
  if (NARROWER[from]) return NARROWER[from].includes(to);
  const order = FOLDERS as readonly string[];
  return order.includes(from) && order.indexOf(to) >= 0 && order.indexOf(to) < order.indexOf(from);
}
