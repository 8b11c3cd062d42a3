import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { globMatches } from './glob.js';

/**
 * The files that an absolute path with *, ? and [...] in it names, in the order of their names, as a shell finds them: a
 * leading dot has to be named. None when a folder on the way is missing or may not be read.
 */
export function globPaths(pattern: string): string[] {
  const parts = pattern.split('/').filter((part) => part !== '');
  let found = ['/'];
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    found = found.flatMap((folder) => matchesIn(folder, part, isLast));
  }
  return found;
}

function matchesIn(folder: string, pattern: string, isLast: boolean): string[] {
  if (!/[*?[]/.test(pattern) && !isLast) return [join(folder, pattern)];
  const glob = pattern.replaceAll('[!', '[^');
  return namesIn(folder)
    .filter((name) => (name.startsWith('.') ? pattern.startsWith('.') : true) && globMatches(glob, name))
    .sort()
    .map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
