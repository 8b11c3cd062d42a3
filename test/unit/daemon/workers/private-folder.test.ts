import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { PrivateFolder } from '../../../../src/daemon/workers/private-folder.js';
import { temporaryFolder } from '../../../harness/folder.js';

afterEach(() => vi.unstubAllEnvs());

/** Where the folder comes to be when systemd names these. */
async function placeFor(runtime: string): Promise<string> {
  vi.stubEnv('RUNTIME_DIRECTORY', runtime);
  const folder = new PrivateFolder();
  const made = path.dirname(await folder.next('sock'));
  expect(existsSync(made)).toBe(true);
  folder.remove();
  expect(existsSync(made)).toBe(false);
  return path.dirname(made);
}

test('it is in the first folder that systemd has made', async () => {
  using folder = temporaryFolder();
  expect(await placeFor(`${folder.path}:/nowhere`)).toBe(folder.path);
  expect(await placeFor('')).toBe(tmpdir());
});

test('it is among temporary files when that folder is for another user', async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o500);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.('nobody');
  try {
    expect(await placeFor(folder.path)).toBe(tmpdir());
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

/** A folder as a process leaves it that is killed: with its lock, and with nobody who listens there. */
async function abandonedFolder(where: string, name: string): Promise<string> {
  const folder = path.join(where, name);
  mkdirSync(folder, { mode: 0o700 });
  const server = createServer();
  const lock = path.join(folder, '.lookupd-workers.lock');
  // A hard link outlives the path that Node removes when it stops listening.
  await new Promise<void>((resolve) => server.listen(`${lock}~`, resolve));
  linkSync(`${lock}~`, lock);
  await new Promise((resolve) => server.close(resolve));
  for (const file of ['1.sock', '2.list']) writeFileSync(path.join(folder, file), '');
  return folder;
}

test('what killed processes left is removed by the next one, and nothing else', async () => {
  using folder = temporaryFolder();
  vi.stubEnv('RUNTIME_DIRECTORY', folder.path);
  const running = new PrivateFolder();
  const runningName = path.basename(path.dirname(await running.next('sock')));
  await abandonedFolder(folder.path, 'lookupd-workers-aaaaaa');
  await abandonedFolder(folder.path, 'lookupd-workers-bbbbbb');
  writeFileSync(path.join(await abandonedFolder(folder.path, 'lookupd-workers-cccccc'), 'dump.rdb'), 'data');
  await abandonedFolder(folder.path, 'lookupd-data');
  mkdirSync(folder.file('lookupd-workers-dddddd'));

  const next = new PrivateFolder();
  const nextName = path.basename(path.dirname(await next.next('sock')));
  const kept = ['lookupd-data', 'lookupd-workers-cccccc', 'lookupd-workers-dddddd', nextName, runningName];
  expect(readdirSync(folder.path).sort()).toEqual(kept.sort());
  expect(readdirSync(folder.file('lookupd-workers-cccccc'))).toEqual(['dump.rdb']);
  next.remove();
  running.remove();
  expect(readdirSync(folder.path)).toHaveLength(3);
});
