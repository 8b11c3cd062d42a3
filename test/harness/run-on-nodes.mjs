#!/usr/bin/env node
// Runs the tests on other Node versions: `npm run test:nodes`, or with versions as arguments. The binaries come
// from the npm registry into a temporary folder; nothing of the project changes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24'];
const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const folder = mkdtempSync(path.join(tmpdir(), 'lookupd-nodes-'));
let failed = 0;
try {
  for (const version of versions) {
    const home = path.join(folder, version);
    const spec = `node-${platform}@${version}`;
    execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', home, spec], { stdio: 'inherit' });
    const bin = path.join(home, 'node_modules', `node-${platform}`, 'bin');
    const node = path.join(bin, 'node');
    console.log(`\nNode ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
    // First in PATH, so that programs the tests start run on it too.
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
    const run = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', '!long'], {
      stdio: 'inherit',
      env,
    });
    if (run.status !== 0) failed++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
