import { chmodSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { PrivateFolder } from '../../../../src/daemon/workers/private-folder.js';
import { temporaryFolder } from '../../../harness/folder.js';

afterEach(() => vi.unstubAllEnvs());

/** Where the folder comes to be when systemd names these. */
function placeFor(runtime: string): string {
  vi.stubEnv('RUNTIME_DIRECTORY', runtime);
  const folder = new PrivateFolder();
  const made = path.dirname(folder.next());
  expect(existsSync(made)).toBe(true);
  folder.remove();
  expect(existsSync(made)).toBe(false);
  return path.dirname(made);
}

test('it is in the first folder that systemd has made', () => {
  using folder = temporaryFolder();
  expect(placeFor(`${folder.path}:/nowhere`)).toBe(folder.path);
  expect(placeFor('')).toBe(tmpdir());
});

test('it is among temporary files when that folder is for another user', () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o500);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.('nobody');
  try {
    expect(placeFor(folder.path)).toBe(tmpdir());
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
