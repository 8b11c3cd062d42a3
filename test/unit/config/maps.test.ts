import { describe, expect, it } from 'vitest';
import { configOf, hintOf, problemsOf } from './problems-of.js';

const SOURCES = '[store.redis]\ntype = "embedded"\n[store.second]\ntype = "embedded"\n[lookup.vip]\na = 1\n';
const SOURCE_LINES = SOURCES.split('\n').length - 1;

/** The problems of a map's lines, of which the first is line 1, after the header in line 0. */
function problems(...lines: string[]): string[] {
  return problemsOf(`${SOURCES}[map.m]\n${lines.join('\n')}`).map((problem) =>
    problem.replace(/^\d+/, (line) => String(Number(line) - SOURCE_LINES - 1)),
  );
}

const mapOf = (...lines: string[]) => configOf(`${SOURCES}[map.m]\n${lines.join('\n')}`).maps.get('m')!;

describe('a map', () => {
  it('has the documented defaults', () => {
    expect(mapOf('store = "redis"')).toEqual({
      id: 'm',
      sources: [{ kind: 'store', id: 'redis' }],
      key: '%s',
      operation: 'get',
      field: undefined,
      member: undefined,
      expand: ['full'],
      recipientDelimiter: '+',
      foldCase: false,
      cache: undefined,
    });
  });

  it.each<[string, object]>([
    [
      'store = ["second", "redis"]',
      {
        sources: [
          { kind: 'store', id: 'second' },
          { kind: 'store', id: 'redis' },
        ],
      },
    ],
    ['lookup = "vip"', { sources: [{ kind: 'lookup', id: 'vip' }] }],
    [
      'sources = ["vip", "redis"]',
      {
        sources: [
          { kind: 'lookup', id: 'vip' },
          { kind: 'store', id: 'redis' },
        ],
      },
    ],
    ['store = "redis"\noperation = "hget"\nkey = "h"\nfield = "%u"', { operation: 'hget', key: 'h', field: '%u' }],
    ['store = "redis"\noperation = "member"\nkey = "set"', { operation: 'member', key: 'set', member: '%s' }],
    ['store = "redis"\noperation = "member"\nkey = "s:%d"\nmember = "%u"', { key: 's:%d', member: '%u' }],
    ['store = "redis"\nexpand = "domain"', { expand: ['domain'] }],
    ['store = "redis"\nrecipient-delimiter = ""', { recipientDelimiter: '' }],
    ['store = "redis"\nkey = "100%%:%s"', { key: '100%%:%s' }],
    [
      'store = "redis"\ncache.positive-ttl = "30s"',
      { cache: { positiveTtl: 30_000, negativeTtl: 0, maxEntries: 100_000, serveStale: 0 } },
    ],
    [
      'store = "redis"\ncache = { positive-ttl = "30s", negative-ttl = "5s", max-entries = 7, serve-stale = "10m" }',
      { cache: { positiveTtl: 30_000, negativeTtl: 5_000, maxEntries: 7, serveStale: 600_000 } },
    ],
  ])('%s', (lines, expected) => {
    expect(mapOf(lines)).toMatchObject(expected);
  });

  it.each<[string, string]>([
    ['fold-case = true', '0:2 error: the map names no store and no lookup'],
    ['store = "rediss"', '1:9 error: there is no store "rediss"'],
    ['store = ["redis", "third"]', '1:19 error: there is no store "third"'],
    ['store = "vip"', '1:9 error: there is no store "vip"'],
    ['lookup = "redis"', '1:10 error: there is no lookup "redis"'],
    ['sources = ["vip", "x"]', '1:19 error: there is no store or lookup "x"'],
    ['store = []', '1:9 error: "store": expected at least one of the stores'],
    ['store = ""', '1:9 error: "store": expected text that is not empty'],
    ['store = ["redis", "redis"]', '1:9 error: "store": one of the stores is named twice'],
    ['store = "redis"\nlookup = "vip"', '2:10 error: "store" and "lookup" are given together'],
    ['store = "redis"\nsources = ["vip"]', '2:11 error: "store" and "sources" are given together'],
    ['store = "redis"\nkey = "%x"', '2:7 error: "key": the template has an unknown % sequence'],
    ['store = "redis"\nkey = "100%"', '2:7 error: "key": the template has an unknown % sequence'],
    ['store = "redis"\nkey = ""', '2:7 error: "key": the template is empty'],
    ['store = "redis"\nkey = "%%s"', '2:7 error: the template holds none of %s, %u and %d'],
    [
      'store = "redis"\noperation = "set"',
      '2:13 error: "operation": expected one of "get", "exists", "hget", "member"',
    ],
    ['store = "redis"\noperation = "hget"', '2:13 error: operation "hget" needs "field"'],
    ['store = "redis"\noperation = "member"', '2:13 error: operation "member" needs "key"'],
    ['store = "redis"\nfield = "f"', '2:9 error: "field" needs operation = "hget"'],
    ['store = "redis"\nmember = "f"', '2:10 error: "member" needs operation = "member"'],
    ['lookup = "vip"\noperation = "hget"\nfield = "%s"', '2:13 error: a list has no hashes'],
    ['lookup = "vip"\noperation = "member"\nkey = "s"', '2:13 error: a list has no sets'],
    [
      'store = "redis"\nexpand = ["full", "extension"]',
      '2:19 error: "expand": expected one of "full", "no-extension", "domain", "local-part", "parent-domains"',
    ],
    ['store = "redis"\nexpand = ["full", "full"]', '2:10 error: "expand": one of the expansions is named twice'],
    [
      'store = "redis"\nrecipient-delimiter = "@"',
      '2:23 error: "recipient-delimiter": "@" cannot delimit an extension: it starts the domain',
    ],
    [
      'store = "redis"\nrecipient-delimiter = ""\nexpand = "no-extension"',
      '3:10 error: "no-extension" needs a "recipient-delimiter"',
    ],
    ['store = "redis"\ncache.serve-stale = "1m"', '2:21 error: "cache.serve-stale" needs "cache.positive-ttl"'],
    [
      'store = "redis"\ncache.positive-ttl = "never"',
      '2:22 error: "cache.positive-ttl": expected a duration such as "10s" or "500ms"',
    ],
    ['store = "redis"\ncache.positiv-ttl = "1m"', '2:7 error: unknown key "cache.positiv-ttl"'],
    ['stor = "redis"', '1:1 error: unknown key "stor"'],
  ])('%s', (lines, problem) => {
    expect(problems(lines)).toEqual([problem]);
  });

  it('has each of its checks whatever the others find', () => {
    expect(problems('store = "redis"', 'key = "%x"', 'operation = "hget"', 'member = "m"')).toEqual([
      '2:7 error: "key": the template has an unknown % sequence',
      '3:13 error: operation "hget" needs "field"',
      '4:10 error: "member" needs operation = "member"',
    ]);
  });

  it.each([
    ['store = "rediss"', 'did you mean "redis"?'],
    ['store = "vip"', 'it is a list: lookup = …'],
    ['lookup = "redis"', 'it is a store: store = …'],
    ['store = "elsewhere"', 'there is "redis", "second"'],
  ])('%s has a hint', (line, hint) => {
    expect(hintOf(`${SOURCES}[map.m]\n${line}`)).toBe(hint);
  });

  it('may not have a name that socketmap cannot send', () => {
    expect(problemsOf(`${SOURCES}[map."a b"]\nstore = "redis"`)).toEqual([
      `${SOURCE_LINES + 1}:6 error: the name of a map holds no spaces`,
    ]);
  });

  it('may name a store that has problems of its own', () => {
    expect(problemsOf('[store.s]\ntype = "redis"\n[map.m]\nstore = "s"')).toEqual(['1:2 error: "url" is missing']);
  });
});
