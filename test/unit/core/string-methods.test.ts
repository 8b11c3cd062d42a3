import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const MODULE = pathToFileURL(path.resolve('src/core/string-methods.ts')).href;
const DEFINE = 'globalThis.Text = class extends String {};';
const KEEP = `(await import(${JSON.stringify(MODULE)})).keepStringMethodsFast();`;

/** What V8 says of String.prototype after these lines, in a process of its own. */
function isFastAfter(...lines: readonly string[]): string {
  const code = [...lines, 'console.log(new Function("return %HasFastProperties(String.prototype)")());'].join('\n');
  const args = ['--allow-natives-syntax', '--import', 'tsx', '--input-type=module', '-e', code];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

it('is needed', () => {
  expect(isFastAfter(DEFINE)).toBe('false');
});

it.each([
  ['before', [KEEP, DEFINE]],
  ['after', [DEFINE, KEEP]],
])('keeps methods of texts fast when it is called %s a class that extends String is defined', (_, lines) => {
  expect(isFastAfter(...lines)).toBe('true');
});

it('is seen to for ioredis', () => {
  const dial = pathToFileURL(path.resolve('src/links/wire/dial.ts')).href;
  expect(isFastAfter(`await import(${JSON.stringify(dial)});`)).toBe('true');
});
