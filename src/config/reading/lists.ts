import { type FileListKeys, fileListKeys, type HttpListKeys, httpListKeys } from '../declarations/lists.js';
import type { Table } from '../document.js';
import { isLoopback } from '../language/listen-address.js';
import type { FileLookupConfig, ListConfig, LookupConfig } from '../model.js';
import { type Reading, readSection, type Section } from './section.js';

/** Reads `[file-lookup.<id>]`. What is in the file is checked by who loads it. */
export function readFileList(reading: Reading, id: string, table: Table): FileLookupConfig | undefined {
  const section = readSection(reading, table, fileListKeys);
  const { path, refresh } = section.values;
  const list = readShape(section);
  if (path === undefined) return undefined;
  return { kind: 'file', id, path: reading.macros.resolvePath(path), at: section.at('path'), refresh, list };
}

/** Reads `[http-lookup.<id>]`; one that is turned off is an empty list. */
export function readHttpList(reading: Reading, id: string, table: Table): LookupConfig | undefined {
  const section = readSection(reading, table, httpListKeys);
  const { enable, url, retry, refresh, timeout, gzipped } = section.values;
  const list = readShape(section);
  if (!enable) {
    section.warning('enable', 'the list is turned off: nothing is found in it');
    return { kind: 'static', id, entries: new Map() };
  }
  if (url === undefined) return undefined;
  const { protocol, hostname } = new URL(url.reveal());
  if (protocol === 'http:' && !isLoopback({ host: hostname.replace(/^\[|\]$/g, ''), port: 0 })) {
    section.warning('url', 'anybody on the way can change a list that comes over http', 'https:// tells');
  }
  return { kind: 'http', id, url, retry, refresh, timeout, gzipped, list };
}

type Shape = Section<FileListKeys | HttpListKeys>;

function readShape(section: Section<FileListKeys> | Section<HttpListKeys>): ListConfig {
  const { values, given, fine, error } = section as Shape;
  const { format = 'list' } = values;
  for (const key of ['index.key', 'index.value', 'separator', 'skip-first'] as const) {
    if (fine('format') && given(key) && format !== 'csv') error(key, `"${key}" needs format = "csv"`);
  }
  if (fine('format') && given('fold-case') && (format === 'cidr' || format === 'regexp')) {
    const hint = format === 'cidr' ? 'addresses have no case' : 'the flag "i" of a pattern tells';
    error('fold-case', `"fold-case" is not for format = "${format}"`, hint);
  }
  return {
    format,
    foldCase: values['fold-case'],
    keyColumn: values['index.key'] ?? 0,
    valueColumn: values['index.value'],
    separator: values.separator ?? ',',
    skipFirst: values['skip-first'] ?? false,
    limits: {
      size: values['limits.size'],
      entries: values['limits.entries'],
      entrySize: values['limits.entry-size'],
    },
  };
}
