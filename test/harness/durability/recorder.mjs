/**
 * Preloaded into a server that is to be killed: writes down which bytes and names of the files in a folder have been
 * synced, so that the test can leave of them what a power failure would (power-cut.ts). The journal is written at once
 * and so outlives the process; what is overwritten or removed is kept by a link beside it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';

const { LOOKUPD_DURABILITY_FOLDER: folder, LOOKUPD_DURABILITY_JOURNAL: journalFolder } = process.env;
const original = { ...fs };
const promises = { ...fs.promises };
const journal = original.openSync(join(journalFolder, 'journal'), 'a');
/** Paths of open folders, which are synced by their descriptors. */
const folders = new Map();

const note = (entry) => original.writeSync(journal, `${JSON.stringify({ at: Date.now(), ...entry })}\n`);
const isWatched = (path) => typeof path === 'string' && resolve(path).startsWith(folder + sep);
const inodeOf = (path) => original.lstatSync(path, { throwIfNoEntry: false })?.ino;

/** A file that is about to lose its name can be given it back. */
function keep(path) {
  const inode = inodeOf(path);
  if (inode === undefined || !original.lstatSync(path).isFile()) return undefined;
  const kept = join(journalFolder, `kept-${inode}`);
  if (!original.existsSync(kept)) original.linkSync(path, kept);
  return inode;
}

function opening(path) {
  return isWatched(path) && inodeOf(path) === undefined;
}

function opened(path, wasMissing) {
  if (!isWatched(path)) return;
  const { ino: inode, size } = original.statSync(path);
  if (wasMissing) note({ op: 'create', path: resolve(path), inode });
  else note({ op: 'shorten', inode, size });
}

function renaming(from, to) {
  return { op: 'rename', from: resolve(from), to: resolve(to), over: keep(to) };
}

function syncing(fd) {
  const { ino, size } = original.fstatSync(fd);
  return { inode: ino, size, began: Date.now() };
}

function synced(fd, entry) {
  const path = folders.get(fd);
  note(path === undefined ? { op: 'sync', ...entry } : { op: 'sync-folder', path });
}

fs.openSync = (path, ...rest) => {
  const wasMissing = opening(path);
  const fd = original.openSync(path, ...rest);
  opened(path, wasMissing);
  if (original.fstatSync(fd).isDirectory()) folders.set(fd, resolve(path));
  else folders.delete(fd);
  return fd;
};
for (const name of ['fsyncSync', 'fdatasyncSync']) {
  fs[name] = (fd) => {
    const entry = syncing(fd);
    original[name](fd);
    synced(fd, entry);
  };
}
for (const name of ['fsync', 'fdatasync']) {
  fs[name] = (fd, ended) => {
    const entry = syncing(fd);
    original[name](fd, (error) => {
      if (!error) synced(fd, entry);
      ended(error);
    });
  };
}
fs.truncateSync = (path, length) => {
  original.truncateSync(path, length);
  note({ op: 'shorten', inode: inodeOf(path), size: length });
};
fs.renameSync = (from, to) => {
  const entry = renaming(from, to);
  original.renameSync(from, to);
  note(entry);
};
fs.rmSync = (path, options) => {
  const inode = isWatched(path) ? keep(path) : undefined;
  original.rmSync(path, options);
  if (inode !== undefined) note({ op: 'remove', path: resolve(path), inode });
};
fs.mkdirSync = (path, options) => {
  const first = original.mkdirSync(path, options);
  if (first !== undefined && isWatched(path)) note({ op: 'mkdir', path: resolve(path) });
  return first;
};
fs.promises.open = async (path, ...rest) => {
  const wasMissing = opening(path);
  const handle = await promises.open(path, ...rest);
  opened(path, wasMissing);
  if (original.fstatSync(handle.fd).isDirectory()) folders.set(handle.fd, resolve(path));
  else folders.delete(handle.fd);
  const sync = handle.sync.bind(handle);
  handle.sync = async () => {
    const entry = syncing(handle.fd);
    const { fd } = handle;
    await sync();
    synced(fd, entry);
  };
  return handle;
};
fs.promises.rename = async (from, to) => {
  const entry = renaming(from, to);
  await promises.rename(from, to);
  note(entry);
};
fs.promises.rm = async (path, options) => {
  const inode = isWatched(path) ? keep(path) : undefined;
  await promises.rm(path, options);
  if (inode !== undefined) note({ op: 'remove', path: resolve(path), inode });
};
syncBuiltinESMExports();

/** What a start finds is on the disk: the test has seen to it. */
function noteAll(path) {
  for (const entry of original.readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) noteAll(inner);
    else if (entry.isFile()) note({ op: 'sync', inode: inodeOf(inner), size: original.statSync(inner).size });
  }
}
noteAll(folder);
note({ op: 'sync-folder', path: dirname(folder) });
