import { describe, expect, it } from 'vitest';
import type { LookupConfig } from '../../../src/config/model.js';
import { configOf, hintOf, problemsOf } from './problems-of.js';

const lookupOf = (text: string): LookupConfig => configOf(text).lookups.get('l')!;

describe('a list in a file', () => {
  it('has the documented defaults', () => {
    expect(lookupOf('[file-lookup.l]\npath = "/a/b"')).toEqual({
      kind: 'file',
      id: 'l',
      path: '/a/b',
      at: { line: 2, column: 8 },
      refresh: 5_000,
      list: {
        format: 'postfix',
        foldCase: true,
        keyColumn: 0,
        valueColumn: undefined,
        separator: ',',
        skipFirst: false,
        limits: { size: 104_857_600, entries: 1_000_000, entrySize: 65_536 },
      },
    });
  });

  it('has its columns', () => {
    const text =
      '[file-lookup.l]\npath = "/a"\nformat = "csv"\nindex = { key = 1, value = 2 }\nseparator = "\\t"\nskip-first = true';
    expect(lookupOf(text)).toMatchObject({ list: { keyColumn: 1, valueColumn: 2, separator: '\t', skipFirst: true } });
  });

  it.each<[string, string[]]>([
    ['', ['1:2 error: "path" is missing']],
    [
      'path = "a"\nformat = "hash"',
      ['3:10 error: "format": expected one of "list", "csv", "postfix", "cidr", "regexp"'],
    ],
    ['path = "a"\nindex.key = 1', ['3:13 error: "index.key" needs format = "csv"']],
    ['path = "a"\nformat = "csv"\nseparator = "ab"', ['4:13 error: "separator": expected one character, not a quote']],
    ['path = "a"\nformat = "cidr"\nfold-case = true', ['4:13 error: "fold-case" is not for format = "cidr"']],
    ['path = "a"\nrefresh = 0', ['3:11 error: "refresh": expected a duration longer than 0']],
    ['path = "a"\nurl = "b"', ['3:1 error: unknown key "url"']],
  ])('%j', (lines, problems) => {
    expect(problemsOf(`[file-lookup.l]\n${lines}`)).toEqual(problems);
  });
});

describe('a list that is fetched', () => {
  it('has Stalwart’s keys and defaults', () => {
    const list = lookupOf('[http-lookup.l]\nurl = "https://u:p@example.com/l?t=1"\nformat = "csv"');
    expect(list).toMatchObject({
      kind: 'http',
      id: 'l',
      refresh: 12 * 3_600_000,
      retry: 3_600_000,
      timeout: 30_000,
      gzipped: false,
      list: { format: 'csv', limits: { size: 104_857_600, entries: 100_000, entrySize: 512 } },
    });
    expect(list.kind === 'http' && list.url.reveal()).toBe('https://u:p@example.com/l?t=1');
    expect(JSON.stringify(list)).not.toContain('example.com');
  });

  it('is empty when it is turned off', () => {
    const text =
      '[http-lookup.l]\nenable = false\nurl = "https://example.com/"\nformat = "list"\n[map.m]\nlookup = "l"';
    expect(lookupOf(text)).toEqual({ kind: 'static', id: 'l', entries: new Map() });
    expect(problemsOf(text)).toEqual(['2:10 warning: the list is turned off: nothing is found in it']);
  });

  it.each<[string, string[]]>([
    ['', ['1:2 error: "url" is missing', '1:2 error: "format" is missing']],
    ['url = "ftp://a/"\nformat = "list"', ['2:7 error: "url": expected a URL that starts with http:// or https://']],
    ['url = "a"\nformat = "list"', ['2:7 error: "url": expected a URL']],
    ['url = "http://[::1]/"\nformat = "list"', []],
    ['url = "http://a/"\nformat = "list"', ['2:7 warning: anybody on the way can change a list that comes over http']],
  ])('%j', (lines, problems) => {
    expect(problemsOf(`[http-lookup.l]\n${lines}`)).toEqual(problems);
  });
});

it('has an id of its own', () => {
  const text = '[lookup.l]\na = 1\n[file-lookup.l]\npath = "/a"';
  expect(problemsOf(text)).toEqual(['3:14 error: the id "l" is used twice']);
  expect(hintOf(text)).toBe('there is a lookup of this name');
});
