import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './pages.js';

/**
 * Puts the package into `<folder>/node_modules/lookupd` as `npm install` would: plain JavaScript made from these
 * sources, whatever `dist` holds. Types are not looked at.
 */
export function installBuilt(folder: string): void {
  const home = join(folder, 'node_modules/lookupd');
  built ??= buildSources();
  for (const [file, text] of built) {
    const target = join(home, 'dist', file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
}

/** Made once. */
let built: ReadonlyMap<string, string> | undefined;

function buildSources(): ReadonlyMap<string, string> {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const build = (text: string) => ts.transpileModule(text, { compilerOptions: OPTIONS }).outputText;
  return new Map(
    sources
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file.replace(/\.ts$/, '.js'), build(readFileSync(join(ROOT, 'src', file), 'utf8'))]),
  );
}

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
};
