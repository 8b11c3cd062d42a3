import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A line of the journal that recorder.mjs writes; `at` and `began` in milliseconds since the epoch. */
type Entry = { readonly at: number } & (
  | { readonly op: 'sync'; readonly inode: number; readonly size: number; readonly began?: number }
  | { readonly op: 'shorten'; readonly inode: number; readonly size: number }
  | { readonly op: 'sync-folder'; readonly path: string }
  | { readonly op: 'create' | 'remove'; readonly path: string; readonly inode: number }
  | { readonly op: 'mkdir'; readonly path: string }
  | { readonly op: 'rename'; readonly from: string; readonly to: string; readonly over?: number }
);

export interface Cut {
  /** Bytes and changes of names that had not been synced. */
  bytes: number;
  names: number;
  /** Milliseconds that the longest sync took. */
  readonly longestSync: number;
}

/**
 * What a killed server had written and a power failure would take back: bytes behind the last sync of a file, and
 * creations, renames and removals since the last sync of their folder. Of bytes and names as much stays as `fraction`
 * says (0: none, 1: all): a disk may have got some of it.
 */
export function cutPower(folder: string, journalFolder: string, fraction: () => number): Cut {
  const entries = readJournal(journalFolder);
  const began = entries.flatMap((entry) => (entry.op === 'sync' && entry.began ? [entry.at - entry.began] : []));
  const cut: Cut = { bytes: 0, names: 0, longestSync: Math.max(0, ...began) };
  for (const entry of unsyncedNames(entries, fraction).reverse()) {
    takeBack(entry, journalFolder);
    cut.names++;
  }
  const synced = syncedLengths(entries);
  for (const path of filesIn(folder)) {
    const { ino, size } = statSync(path);
    const kept = Math.min(size, synced.get(ino) ?? 0);
    const length = kept + Math.floor((size - kept) * fraction());
    if (length < size) truncateSync(path, length);
    cut.bytes += size - length;
  }
  return cut;
}

/** The journal of the next life begins anew. */
export function resetJournal(journalFolder: string): void {
  rmSync(journalFolder, { recursive: true, force: true });
  mkdirSync(journalFolder);
}

export function longestSync(journalFolder: string): number {
  return Math.max(
    0,
    ...readJournal(journalFolder).map((entry) => (entry.op === 'sync' && entry.began ? entry.at - entry.began : 0)),
  );
}

function readJournal(journalFolder: string): Entry[] {
  const lines = readFileSync(join(journalFolder, 'journal'), 'utf8').split('\n');
  // A line that breaks off tells of nothing that anybody could have relied on.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** Changes of names that are taken back: the last ones of those that no sync of their folder has followed. */
function unsyncedNames(entries: readonly Entry[], fraction: () => number): Entry[] {
  const syncedAt = new Map<string, number>();
  for (const [i, entry] of entries.entries()) if (entry.op === 'sync-folder') syncedAt.set(entry.path, i);
  const unsynced = entries.filter((entry, i) => isOfNames(entry) && i > (syncedAt.get(folderOf(entry)) ?? -1));
  return unsynced.slice(Math.floor(unsynced.length * fraction()));
}

function isOfNames({ op }: Entry): boolean {
  return op !== 'sync' && op !== 'shorten' && op !== 'sync-folder';
}

function syncedLengths(entries: readonly Entry[]): ReadonlyMap<number, number> {
  const lengths = new Map<number, number>();
  for (const entry of entries) {
    if (entry.op === 'create') lengths.set(entry.inode, 0);
    else if (entry.op === 'shorten') lengths.set(entry.inode, Math.min(lengths.get(entry.inode) ?? 0, entry.size));
    // Syncs that overlap end in any order.
    else if (entry.op === 'sync') lengths.set(entry.inode, Math.max(lengths.get(entry.inode) ?? 0, entry.size));
  }
  return lengths;
}

function folderOf(entry: Entry): string {
  if (entry.op === 'rename') return dirname(entry.to);
  return 'path' in entry ? dirname(entry.path) : '';
}

function takeBack(entry: Entry, journalFolder: string): void {
  const restore = (inode: number, path: string) => linkSync(join(journalFolder, `kept-${inode}`), path);
  if (entry.op === 'create') rmSync(entry.path, { force: true });
  else if (entry.op === 'mkdir') rmSync(entry.path, { recursive: true, force: true });
  else if (entry.op === 'remove' && !existsSync(entry.path)) restore(entry.inode, entry.path);
  else if (entry.op === 'rename' && existsSync(entry.to)) {
    renameSync(entry.to, entry.from);
    if (entry.over !== undefined) restore(entry.over, entry.to);
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
