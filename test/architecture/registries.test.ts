import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands as programCommands } from '../../src/cli/commands/index.js';
import { frontends } from '../../src/frontends/registry.js';
import { linkRegistry } from '../../src/links/registry.js';
import type { CommandDeclaration } from '../../src/server/commands/command.js';
import { allCommands, sentinelModeCommands } from '../../src/server/commands/index.js';

/**
 * Nothing is registered by being imported for its effect: every registry is a list somebody writes. This
 * reads the folders and fails where a file is not in its list.
 */
const root = path.resolve(import.meta.dirname, '../..');

/** Haraka listens itself: the package's entry of that name is where its frontend is used. */
const protocolFolders = foldersOf('src/frontends').filter((folder) => path.basename(folder) !== 'haraka');

describe('every file stands in its registry', () => {
  it.each([
    { registry: 'src/cli/commands/index.ts', files: filesOf('src/cli/commands', 'index.ts') },
    // `link.ts` is the seam; the embedded link takes a server, not the configuration of a Redis: the factory of
    // stores makes it.
    { registry: 'src/links/registry.ts', files: filesOf('src/links', 'registry.ts', 'link.ts', 'embedded.ts') },
    { registry: 'src/stores/factory.ts', files: ['src/links/embedded.ts'] },
    {
      registry: 'src/frontends/registry.ts',
      files: protocolFolders.map((folder) => `${folder}/frontend.ts`),
    },
    { registry: 'src/haraka.ts', files: ['src/frontends/haraka/hooks.ts'] },
    { registry: 'test/bench/scenarios/index.ts', files: filesOf('test/bench/scenarios', 'index.ts') },
    {
      registry: 'src/server/commands/index.ts',
      files: foldersOf('src/server/commands')
        .map((folder) => `${folder}/index.ts`)
        .filter(exists),
    },
  ])('$registry', ({ registry, files }) => {
    expect(files).not.toEqual([]);
    const imported = importsOf(registry);
    expect(files.filter((file) => !imported.has(file))).toEqual([]);
  });

  it('docs/mail-servers.md names every example configuration', () => {
    const page = readFileSync(path.join(root, 'docs/mail-servers.md'), 'utf8');
    const examples = readdirSync(path.join(root, 'config/examples'));
    expect(examples).not.toEqual([]);
    expect(examples.filter((name) => !page.includes(`](../config/examples/${name})`))).toEqual([]);
  });
});

describe('registries and folders have the same names', () => {
  it('protocols', () => {
    const folders = protocolFolders.map((folder) => path.basename(folder));
    expect(Object.keys(frontends).sort()).toEqual(folders.sort());
  });

  it('ways to reach a Redis', () => {
    const files = filesOf('src/links', 'registry.ts', 'link.ts', 'embedded.ts');
    expect(Object.keys(linkRegistry).sort()).toEqual(files.map((file) => path.basename(file, '.ts')).sort());
  });

  it('commands of the program', () => {
    const files = filesOf('src/cli/commands', 'index.ts').map((file) => path.basename(file, '.ts'));
    expect(programCommands.map(({ name }) => name).sort()).toEqual(files.sort());
  });
});

describe('every command of the bundled server that a file declares is one it knows', async () => {
  const known = new Set([...allCommands, ...sentinelModeCommands].flatMap(withSubcommands));
  const files = [...typescriptUnder('src/server/commands')].filter((file) => path.basename(file) !== 'index.ts');
  const declared = await Promise.all(files.map(async (file) => ({ file, commands: await declarationsIn(file) })));

  it('finds declarations to check', () => {
    expect(declared.flatMap(({ commands }) => commands).length).toBeGreaterThan(20);
  });

  it('is listed by its group', () => {
    const missing = declared.flatMap(({ file, commands }) =>
      commands.filter((command) => !known.has(command)).map(({ name }) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('has a file of its own', () => {
    expect(declared.filter(({ commands }) => commands.length > 1).map(({ file }) => file)).toEqual([]);
  });
});

function filesOf(folder: string, ...except: readonly string[]): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !except.includes(entry.name))
    .map((entry) => `${folder}/${entry.name}`);
}

function foldersOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}

function exists(file: string): boolean {
  return filesOf(path.dirname(file)).includes(file);
}

function* typescriptUnder(folder: string): Generator<string> {
  yield* filesOf(folder);
  for (const inner of foldersOf(folder)) yield* typescriptUnder(inner);
}

/** What a file imports from this project, as paths from its root. */
function importsOf(file: string): ReadonlySet<string> {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'(\.[^']+)\.js'|\bimport\('(\.[^']+)\.js'\)/gms);
  const specifiers = [...found].map((match) => (match[1] ?? match[2])!);
  return new Set(specifiers.map((name) => `${path.posix.join(path.posix.dirname(file), name)}.ts`));
}

async function declarationsIn(file: string): Promise<CommandDeclaration[]> {
  const module = (await import(path.join(root, file))) as Readonly<Record<string, unknown>>;
  return Object.values(module).filter(isDeclaration);
}

function isDeclaration(value: unknown): value is CommandDeclaration {
  return typeof value === 'object' && value !== null && 'arity' in value && 'flags' in value && 'group' in value;
}

function withSubcommands(command: CommandDeclaration): CommandDeclaration[] {
  return [command, ...(command.subcommands ?? []).flatMap(withSubcommands)];
}
