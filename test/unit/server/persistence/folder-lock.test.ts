import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FolderInUse, FolderLock, folderHolder } from '../../../../src/server/persistence/folder-lock.js';
import { Server } from '../../../../src/server/server.js';
import { temporaryFolder } from '../../../harness/folder.js';

const locks: (FolderLock | undefined)[] = [];
let troubles: string[] = [];

afterEach(async () => {
  for (const lock of locks.splice(0)) await lock?.release();
  troubles = [];
});

async function take(folder: string): Promise<FolderLock | undefined> {
  const lock = await FolderLock.take(folder, ({ message }) => void troubles.push(message));
  locks.push(lock);
  return lock;
}

it('keeps others out as long as it is held, and says who holds it', async () => {
  using folder = temporaryFolder();
  const lock = await take(folder.path);
  expect(statSync(folder.file('.lookupd.lock')).mode & 0o077).toBe(0);
  await expect(take(folder.path)).rejects.toThrow(FolderInUse);
  await expect(take(folder.path)).rejects.toThrow(`is in use by process ${process.pid}:`);
  expect(await folderHolder(folder.path)).toBe(`process ${process.pid}`);
  await lock?.release();
  expect(existsSync(folder.file('.lookupd.lock'))).toBe(false);
  expect(await folderHolder(folder.path)).toBeUndefined();
  expect(await take(folder.path)).toBeDefined();
});

it('takes the place of one that a crash has left', async () => {
  using folder = temporaryFolder();
  // A socket that is bound and closed without being removed.
  const crashed = createServer().listen(folder.file('other.lock'));
  const { linkSync } = await import('node:fs');
  linkSync(folder.file('other.lock'), folder.file('.lookupd.lock'));
  await new Promise((resolve) => crashed.close(resolve));
  expect(existsSync(folder.file('.lookupd.lock'))).toBe(true);
  expect(await folderHolder(folder.path)).toBeUndefined();
  expect(await take(folder.path)).toBeDefined();
});

it('works where the path is too long for the name of a socket', async () => {
  using folder = temporaryFolder();
  const long = join(folder.path, 'x'.repeat(120));
  mkdirSync(long);
  await take(long);
  await expect(take(long)).rejects.toThrow(FolderInUse);
});

it('is not there where it cannot be, and that is told', async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.file('.lookupd.lock'), '');
  expect(await take(folder.path)).toBeUndefined();
  expect(await take(folder.file('missing'))).toBeUndefined();
  expect(troubles).toEqual(['the path exists and is not a socket', expect.stringMatching(/^ENOENT/)]);
});

it('is taken by every server that keeps files', async () => {
  using folder = temporaryFolder();
  const first = await Server.start({ directives: { dir: folder.path } });
  await expect(Server.start({ directives: { dir: folder.path } })).rejects.toThrow(FolderInUse);
  await first.close();
  await (await Server.start({ directives: { dir: folder.path } })).close();
});

it('is shared by servers whose data are append-only files of other names, not by servers that have snapshots alone', async () => {
  using folder = temporaryFolder();
  const start = (appendonly: string, appendfilename: string) =>
    Server.start({ directives: { dir: folder.path, appendonly, appendfilename } });
  const first = await start('no', 'a.aof');
  await expect(start('no', 'b.aof')).rejects.toThrow(FolderInUse);
  await first.close();
  const [one, other] = [await start('yes', 'a.aof'), await start('yes', 'b.aof')];
  await expect(start('yes', 'a.aof')).rejects.toThrow(FolderInUse);
  await one.close();
  await other.close();
});

describe('servers with append-only files of other names, and the file that a save goes to', () => {
  // What the two are told, and whether the second one may start.
  const own = { appendonly: 'yes', appendfilename: 'a.aof' };
  const cases: readonly [string, Record<string, string>, Record<string, string>, boolean][] = [
    ['a snapshot that is the data of one is not written by another', { save: '60 1' }, own, false],
    ['nor the other way round', own, { save: '60 1' }, false],
    ['one of another name may be', { save: '60 1' }, { ...own, dbfilename: 'a.rdb' }, true],
    ['without save points nothing is written', { save: '60 1' }, { ...own, save: '' }, true],
    ['their own data is elsewhere', { appendonly: 'yes' }, own, true],
  ];
  it.each(cases)('%s', async (_, first, second, isAllowed) => {
    using folder = temporaryFolder();
    const start = (directives: Record<string, string>) =>
      Server.start({ directives: { dir: folder.path, ...directives } });
    const one = await start(first);
    const two = await start(second).catch((error: unknown) => error);
    if (isAllowed) await (two as Server).close();
    else {
      expect(two).toBeInstanceOf(FolderInUse);
      expect((two as Error).message).toContain(`${folder.file('dump.rdb')} is in use by process ${process.pid}:`);
    }
    await one.close();
    // Who was refused has left nothing behind.
    await (await start(second)).close();
  });
});
