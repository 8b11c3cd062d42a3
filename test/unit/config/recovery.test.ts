import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/load.js';
import { renderProblem } from '../../../src/config/problem.js';
import { machine, problemsOf } from './problems-of.js';

const TWICE = 'error: this id or key is used a second time in the file';
const DURATION = 'expected a duration such as "10s" or "500ms"';

describe('a file that is no TOML', () => {
  it('is read on, and told what is wrong with all of it', () => {
    const text = `[store.redis]
type = redis
url = "redis://h:x"
timeout = 10s

[store.redis]
type = "redis"
tiemout = "1s"

[map.aliases
store = "redis"
expand = ["full",
key = "a:%s"
operation = "hget"

[map.vip]
store = "reids"
fold-case = "yes
`;
    const { config, problems } = readConfig({ text, file: 'my.toml' }, machine());
    expect(config).toBeUndefined();
    expect(problems.map((p) => renderProblem(p)).join('\n')).toMatchInlineSnapshot(`
      "my.toml:2:8: error: invalid value
          type = redis
                 ^
          hint: text stands in quotes, and so does a duration such as "10s"
      my.toml:3:7: error: "url": the URL's port is not a number from 1 to 65535
          url = "redis://h:x"
                ^
          hint: after a password stands an "@"
      my.toml:4:13: error: illegal character in numeric literal
          timeout = 10s
                      ^
          hint: text stands in quotes, and so does a duration such as "10s"
      my.toml:6:8: error: this id or key is used a second time in the file
          [store.redis]
                 ^
          hint: the first is in line 1
      my.toml:8:1: error: unknown key "tiemout"
          tiemout = "1s"
          ^
          hint: did you mean "timeout"?
      my.toml:10:1: error: the [ is not closed
          [map.aliases
          ^
      my.toml:12:10: error: the [ is not closed
          expand = ["full",
                   ^
      my.toml:14:13: error: operation "hget" needs "field"
          operation = "hget"
                      ^
          hint: as in field = "%s"; "key" names the hash
      my.toml:17:9: error: there is no store "reids"
          store = "reids"
                  ^
          hint: did you mean "redis"?
      my.toml:18:17: error: the quote is not closed on its line
          fold-case = "yes
                          ^"
    `);
  });

  it.each<[string, string, string[]]>([
    [
      'a missing quote',
      'type = "redis',
      ['2:14 error: the quote is not closed on its line', '3:1 error: unknown key "x"'],
    ],
    ['no quotes', 'type = redis', ['2:8 error: invalid value', '3:1 error: unknown key "x"']],
    ['no equals sign', 'type "redis"', ['2:6 error: illegal character in key', '3:1 error: unknown key "x"']],
    ['no value', 'type =', ['2:7 error: the value is missing', '3:1 error: unknown key "x"']],
    ['a misspelt key without a value', 'typ =', ['2:6 error: the value is missing', '3:1 error: unknown key "x"']],
    ['a table without a value', 'retry = {', ['1:2 error: "type" is missing', '2:9 error: the { is not closed']],
    [
      'two on a line',
      'type = "embedded" timeout = "1s"',
      ['2:19 error: each key-value declaration must be followed by an end-of-line', '3:1 error: unknown key "x"'],
    ],
  ])('%s hides nothing behind it, and nothing follows from it', (_, line, expected) => {
    expect(problemsOf(`[store.s]\n${line}\nx = 1\n`)).toEqual(expected);
  });

  it.each<[string, string, string[]]>([
    [
      'a bracket',
      'urls = [\n  "redis://a",\ntimeout = "x"',
      ['3:8 error: the [ is not closed', `5:11 error: "timeout": ${DURATION}`],
    ],
    [
      'a bracket before a header',
      'urls = [\n  "redis://a",\n[map.m]',
      ['3:8 error: the [ is not closed', '5:2 error: the map names no store and no lookup'],
    ],
    [
      'a quote inside of brackets',
      'urls = ["redis://a, "redis://b"]\ntimeout = "x"',
      ['3:22 error: expected comma or end of structure', `4:11 error: "timeout": ${DURATION}`],
    ],
    [
      'a comma between lines',
      'urls = [\n  "redis://a"\n  "redis://b",\n]\ntimeout = "x"',
      ['5:3 error: expected comma or end of structure', `7:11 error: "timeout": ${DURATION}`],
    ],
    [
      'three quotes',
      'timeout = "x"\ntls.ca = """\n-----BEGIN CERTIFICATE-----\nMIIB==\nurl = "redis://a"\n[map.m]\nfold-case = 1',
      [
        `3:11 error: "timeout": ${DURATION}`,
        '4:10 error: the """ is not closed',
        '8:2 error: the map names no store and no lookup',
        '9:13 error: "fold-case": expected true or false',
      ],
    ],
    [
      'an escape in a text of several lines',
      'url = "redis://a"\nkey-prefix = """\na\\q\nx = 1\n"""\ntimeout = "x"',
      ['5:3 error: unrecognised escape sequence', `8:11 error: "timeout": ${DURATION}`],
    ],
  ])('%s over several lines', (_, lines, expected) => {
    expect(
      problemsOf(`[store.s]\ntype = "redis"\n${lines}\n`).filter((told) => !told.includes('"url" is missing')),
    ).toEqual(expected);
  });

  it.each<[string, string, string[]]>([
    ['is not closed', '[store.a', ['1:9 error: illegal character in key']],
    ['has a name with a space', '[store.a b]', ['1:10 error: illegal character in key']],
    ['has a name that is an address', '[store.a@b]', ['1:9 error: illegal character in key']],
    ['has no name', '[]', ['1:2 error: empty bare keys are not allowed', '3:11 error: "x"']],
  ])('a header that %s', (_, header) => {
    const [told, ...rest] = problemsOf(
      `${header}\ntype = "embedded"\ntimeout = "x"\n[map.m]\nstore = "a b"\n[map.n]\nfield = 1\n`,
    );
    expect(told).toMatch(/^1:\d+ error: /);
    const inside = header === '[]' ? [] : [`3:11 error: "timeout": ${DURATION}`];
    const unknown = header === '[store.a' ? ['5:9 error: there is no store "a b"'] : [];
    expect(rest).toEqual([
      ...inside,
      ...unknown,
      '6:2 error: the map names no store and no lookup',
      '7:9 error: "field": expected text in quotes',
    ]);
  });
});

describe('what is there twice', () => {
  const told = (text: string) =>
    readConfig({ text }, machine()).problems.map((p) => `${p.line}:${p.column} ${p.severity}: ${p.message}; ${p.hint}`);

  it.each<[string, string, string[]]>([
    ['an id', '[store.s]\ntype = "embedded"\n[store.s]\ntype = "embedded"', [`3:8 ${TWICE}; the first is in line 1`]],
    ['a key', '[store.s]\ntype = "embedded"\ntimeout = "1s"\ntimeout = "2s"', [`4:1 ${TWICE}; the first is in line 3`]],
    [
      'a nested table',
      '[store.s]\ntype = "embedded"\nretry.total = 1\n[store.s.retry]\nmax-wait = "x"',
      [
        `4:10 ${TWICE}; the first is in line 3`,
        `5:12 error: "retry.max-wait": ${DURATION}; one whole number and one unit: d, h, m, s or ms`,
      ],
    ],
    [
      'a key of a list',
      '[lookup.l]\n"a.b" = 1\n"a.b" = [2]',
      [
        `3:1 ${TWICE}; the first is in line 2`,
        '3:9 error: expected text, a number, true or false; an array cannot be the value of one key',
      ],
    ],
    [
      'a store with its tables',
      '[store.s]\ntype = "embedded"\n[store.s.retry]\n[store.s]\ntype = "embedded"\n[store.s.retry]',
      [`4:8 ${TWICE}; the first is in line 1`],
    ],
    ['an id as a value', 'store.s = {}\n[store.s]\ntype = "embedded"', [`2:8 ${TWICE}; the first is in line 1`]],
    [
      'three times',
      '[log]\n[log]\n[log]',
      [`2:2 ${TWICE}; the first is in line 1`, `3:2 ${TWICE}; the first is in line 1`],
    ],
  ])('%s is told once, with the place of the first', (_, text, expected) => {
    expect(told(`${text}\n`)).toEqual(expected);
  });

  it('is checked like the first, and so is the rest of the file', () => {
    const text = '[store.s]\ntype = "embedded"\n[store.s]\ntype = "redis"\nurl = "x"\n[store.t]\ntype = "embeded"\n';
    expect(problemsOf(text)).toEqual([
      `3:8 ${TWICE}`,
      '5:7 error: "url": expected a URL',
      '7:8 error: "type": expected one of "redis", "embedded", "sharded-in-memory"',
    ]);
  });
});

it('what is something else than a configuration is told to be so soon', () => {
  const problems = problemsOf('{ "store": 1 }\n'.repeat(1000));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)).toBe('21:1 error: the rest of the file is not read');
});
