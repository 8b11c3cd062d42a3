import { type DocumentNode, namedIn, type Table } from '../document.js';
import { unquotedText } from '../language/list-value.js';
import { isText } from '../language/macros.js';
import type { Reading } from './section.js';

/**
 * A table whose keys are the user's own, as text in the order of the file. Keys with dots need no quotes:
 * `example.com = true` is the key "example.com". `convert` is applied to every value.
 */
export function readEntries(reading: Reading, table: Table, convert: (text: string) => string): Map<string, string> {
  const entries = new Map<string, string>();
  addEntries(reading, table, '', convert, entries);
  return entries;
}

function addEntries(
  reading: Reading,
  table: Table,
  prefix: string,
  convert: (text: string) => string,
  entries: Map<string, string>,
): void {
  for (const [name, { at, value }] of namedIn(table)) {
    const key = prefix + name;
    if (value.kind === 'table') {
      addEntries(reading, value, `${key}.`, convert, entries);
      continue;
    }
    if (value.kind === 'unreadable') continue;
    if (entries.has(key) && !repeats(table, value)) reading.report.error(at, `the key "${key}" is there twice`);
    const text = textOf(reading, value);
    if (text !== undefined) entries.set(key, convert(text));
  }
}

/** Told already, with the place of the first. */
function repeats(table: Table, value: DocumentNode): boolean {
  return table.repeated?.some(([, entry]) => entry.value === value) === true;
}

function textOf(reading: Reading, node: DocumentNode): string | undefined {
  if (isText(node)) return reading.macros.expand(node)?.text;
  if (node.kind === 'scalar' && node.value instanceof Date) {
    reading.report.error(node.at, 'a date or a time is no value of a list', `as text: "${node.source}"`);
    return undefined;
  }
  if (node.kind === 'scalar') return unquotedText(node);
  reading.report.error(node.at, 'expected text, a number, true or false', 'an array cannot be the value of one key');
  return undefined;
}
