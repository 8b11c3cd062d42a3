import { Refusal } from '../language/refusal.js';
import { Secret } from '../secret.js';
import { key, keyWithDefault, requiredKey } from './declaration.js';
import { duration, flag, integer, name, oneOf, parsed, size, text } from './types.js';

const separator = parsed(text.meta({ minLength: 1, maxLength: 1 }), (value) =>
  value.length === 1 && value !== '"' && value.charCodeAt(0) < 0x80
    ? value
    : new Refusal('expected one character, not a quote', 'as in separator = ";" or "\\t"'),
);

const httpUrl = parsed(text.meta({ pattern: '^[hH][tT][tT][pP][sS]?://' }), (value) => {
  if (!URL.canParse(value)) return new Refusal('expected a URL', 'as in url = "https://example.com/list.txt"');
  return ['http:', 'https:'].includes(new URL(value).protocol)
    ? new Secret(value)
    : new Refusal('expected a URL that starts with http:// or https://');
});

const column = integer(0, 1_000);

/** The keys that lists of files and of URLs share. */
function shapeKeys(limits: { readonly entries: number; readonly entrySize: number }) {
  return {
    'fold-case': keyWithDefault(
      flag,
      true,
      'list, csv and postfix: keep and look up keys in lower case, whatever the map does.',
    ),
    'index.key': key(column, 'csv: column of the key, from 0; by default the first.'),
    'index.value': key(column, 'csv: column of the value; without it every key is found as "1".'),
    separator: key(separator, 'csv: what separates columns, by default a comma.'),
    'skip-first': key(flag, 'csv: the first row names the columns.'),
    'limits.size': keyWithDefault(size, 104_857_600, 'Bytes of the list, unpacked; a larger one is not loaded.'),
    'limits.entries': keyWithDefault(
      integer(1, 100_000_000),
      limits.entries,
      'Entries; a list that has more is not loaded.',
    ),
    'limits.entry-size': keyWithDefault(size, limits.entrySize, 'Bytes of a key and its value.'),
  };
}

const formatDoc =
  'list: a key per line, found as "1"; csv; postfix: what postmap reads; cidr: networks as in cidr_table(5); ' +
  'regexp: patterns as in regexp_table(5) and pcre_table(5), of RE2.';

const FORMATS = ['list', 'csv', 'postfix', 'cidr', 'regexp'] as const;

/** `[file-lookup.<id>]`: a list in a file. */
export const fileListKeys = {
  path: requiredKey(name, 'The file; a relative path counts from the folder of the configuration.', 'path = "aliases"'),
  format: keyWithDefault(oneOf(FORMATS), 'postfix', formatDoc),
  refresh: keyWithDefault(duration, '5s', 'How often the file is looked at, beside what the system tells of changes.'),
  ...shapeKeys({ entries: 1_000_000, entrySize: 65_536 }),
};

/** `[http-lookup.<id>]`: a list that is fetched, with Stalwart's keys. */
export const httpListKeys = {
  enable: keyWithDefault(flag, true, 'Whether it is used; when not, nothing is found in it.'),
  url: requiredKey(httpUrl, 'Where the list is.', 'url = "https://example.com/list.txt"'),
  format: requiredKey(oneOf(FORMATS), formatDoc, 'format = "list"'),
  retry: keyWithDefault(duration, '1h', 'Wait after a load that failed; the list before it stays.'),
  refresh: keyWithDefault(duration, '12h', 'Wait after a load.'),
  timeout: keyWithDefault(duration, '30s', 'Longest time of a load.'),
  gzipped: keyWithDefault(flag, false, 'The list itself is a gzip file.'),
  ...shapeKeys({ entries: 100_000, entrySize: 512 }),
};

export type FileListKeys = typeof fileListKeys;
export type HttpListKeys = typeof httpListKeys;
