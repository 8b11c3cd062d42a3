import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/testing/index.js';
import { ENTRIES, installInto } from '../harness/doc-modules.js';
import { temporaryFolder } from '../harness/folder.js';
import { type Block, blocksOf } from '../harness/markdown.js';
import { markdownPages, ROOT } from '../harness/pages.js';

/**
 * The documentation's TypeScript: every block is checked with the project's strictness against the sources, and
 * run as what it is: tests by their runner, anything else that imports lookupd as a program, with a test server
 * where it says redis://127.0.0.1:6379. Blocks without an import are checked only.
 */
const blocks = markdownPages()
  .flatMap((page) => blocksOf(page, join(ROOT, page)))
  .filter((block) => block.language === 'ts')
  .map((block) => ({ ...block, name: `${block.file}:${block.line}` }));

test('has blocks to check', () => {
  expect(blocks.length).toBeGreaterThan(3);
});

test('every block is right for the type checker', () => {
  expect(problemsOf(blocks)).toEqual([]);
});

describe('run', () => {
  test.each(blocks.filter((block) => runnerOf(block) !== undefined))('$name', async (block) => {
    using folder = temporaryFolder();
    await using server = await startServer();
    installInto(folder.path);
    const text = block.text.replaceAll('127.0.0.1:6379', `127.0.0.1:${server.port}`);
    const file = folder.file('example.test.ts');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await run(runnerOf(block)!(file), folder.path);
    expect({ code, stderr: code === 0 ? '' : `${stderr}${stdout}` }).toEqual({ code: 0, stderr: '' });
    if (block.output !== undefined) expect(stdout.trimEnd()).toBe(block.output.text);
  });
});

const TSX = import.meta.resolve('tsx');

/** Node's arguments that run a block in its file. */
function runnerOf({ text }: Block): ((file: string) => string[]) | undefined {
  if (/from 'vitest'/.test(text)) return () => [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run'];
  if (/from 'node:test'/.test(text)) return (file) => ['--import', TSX, '--test', file];
  if (/from 'lookupd/.test(text)) return (file) => ['--import', TSX, file];
  return undefined;
}

async function run(args: readonly string[], cwd: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
  // vitest leaves packages to Node: lookupd's sources need tsx there.
  const child = spawn(process.execPath, args, { cwd, env: { ...env, NODE_OPTIONS: `--import ${TSX}` } });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => void (text[name] += chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, ...text };
}

/** What the type checker says, by page and line. Each block is a file beside package.json that is not there. */
function problemsOf(checked: readonly (Block & { name: string })[]): string[] {
  const files = new Map(checked.map((block, i) => [join(ROOT, `documentation-${i}.ts`), block]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, target) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : ts.createSourceFile(file, text, target);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([file, block]) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = block.line + 1 + source.getLineAndCharacterOfPosition(start).line;
      return `${block.file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const paths = Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [name, [source]]));
  // Examples show values without using them.
  return { ...options, paths, noUnusedLocals: false, noUnusedParameters: false, allowImportingTsExtensions: true };
}
