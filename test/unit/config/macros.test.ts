import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.js';
import { configOf, machine, problemsOf, storeOf } from './problems-of.js';

const host = machine(
  { '/etc/prefix': 'from-file\n', '/etc/two': 'a\n\n', '/run/x': 'absolute\r\n', '/etc/raw': '%{env:NAME}%' },
  { NAME: 'mail', EMPTY: '', NUMBER: '7', TYPE: 'embedded', FILE: 'x', FOLDER: '/run', STORE: 'local' },
);

const prefixOf = (written: string) => storeOf(`type = "embedded"\nkey-prefix = ${written}`, host).keyPrefix;

describe('macros', () => {
  it.each([
    ['"%{env:NAME}%"', 'mail'],
    ['"%{env:NAME}%:%{env:NUMBER}%:"', 'mail:7:'],
    ['"%{ env:NAME }%"', undefined],
    ['"%{env: NAME }%"', 'mail'],
    ['"%{env:EMPTY}%"', ''],
    ['"%{file:/run/x}%"', 'absolute'],
    ['"%{file:prefix}%"', 'from-file'],
    ['"%{file:two}%"', 'a\n'],
    ['"%{file:raw}%"', '%{env:NAME}%'],
    ['"%{file:/run/%{env:FILE}%}%:"', 'absolute:'],
    ['"%{file:%{env:FOLDER}%/%{env:FILE}%}%"', 'absolute'],
    ['"100% {no macro}"', '100% {no macro}'],
    ['"a}%b"', 'a}%b'],
  ])('%s is %j', (written, expected) => {
    if (expected === undefined) expect(() => prefixOf(written)).toThrow('there is no macro " env"');
    else expect(prefixOf(written)).toBe(expected);
  });

  it('take the value of another key, with the macros of that', () => {
    const config = configOf(
      `
      [store."a.b"]
      type = "embedded"
      key-prefix = "%{env:NAME}%-%{cfg:store.other.retry.total}%"
      [store.other]
      type = "embedded"
      key-prefix = '<%{cfg:store."a.b".key-prefix}%>'
      retry.total = 5
      `,
      host,
    );
    expect(config.stores.get('other')?.keyPrefix).toBe('<mail-5>');
  });

  it('stand for words, numbers and references too', () => {
    const config = configOf(
      `
      [store.local]
      type = "%{env:TYPE}%"
      breaker.failures = "%{env:NUMBER}%"
      [lookup.list]
      key = "%{env:NAME}%"
      [map.m]
      sources = ["list", "%{env:STORE}%"]
      `,
      host,
    );
    expect(config.stores.get('local')).toMatchObject({ type: 'embedded', breaker: { failures: 7 } });
    expect(config.lookups.get('list')).toMatchObject({ entries: new Map([['key', 'mail']]) });
    expect(config.maps.get('m')?.sources).toEqual([
      { kind: 'lookup', id: 'list' },
      { kind: 'store', id: 'local' },
    ]);
  });

  it('wrap a password they bring in', () => {
    const store = storeOf('type = "redis"\nurl = "redis://h"\npassword = "%{file:/run/x}%"', host);
    expect(store.type === 'redis' && store.password).toBeInstanceOf(Secret);
    expect(store.type === 'redis' && store.password?.reveal()).toBe('absolute');
  });

  it.each([
    ['%{env:MISSING}%', 'the environment variable MISSING is not set'],
    ['%{file:/gone}%', 'cannot read /gone: there is no such file'],
    ['%{cfg:store.s.typ}%', 'there is no value "store.s.typ"'],
    ['%{cfg:store.s.key-prefix}%', 'the value "store.s.key-prefix" refers to itself'],
    ['%{env:NAME', 'a macro is not closed'],
    ['%{env:NAME}', 'a macro is not closed'],
    ['%{file:%{env:NAME}%', 'a macro is not closed'],
    ['%{file:%{env:NOWHERE}%/x}%', 'the environment variable NOWHERE is not set'],
    ['%{env:NAME}% and %{file:', 'a macro is not closed'],
    ['%{evn:NAME}%', 'there is no macro "evn"'],
    ['%{NAME}%', 'there is no macro "NAME"'],
  ])('%s: %s', (written, message) => {
    expect(problemsOf(`[store.s]\ntype = "embedded"\nkey-prefix = "${written}"`, host)).toEqual([
      `3:14 error: ${message}`,
    ]);
  });

  it('tell a failing value once, however often it is taken', () => {
    const text = `
      [store.a]
      type = "embedded"
      key-prefix = "%{env:MISSING}%"
      [store.b]
      type = "embedded"
      key-prefix = "%{cfg:store.a.key-prefix}%"
      `;
    expect(problemsOf(text, host)).toEqual(['4:20 error: the environment variable MISSING is not set']);
  });

  it('that name each other in a circle are refused', () => {
    const text = '[lookup.l]\na = "%{cfg:lookup.l.b}%"\nb = "%{cfg:lookup.l.a}%"';
    expect(problemsOf(text, host)).toEqual(['3:5 error: the value "lookup.l.a" refers to itself']);
  });

  it('name a file that is not text', () => {
    const binary = { ...host, readFile: () => Uint8Array.of(0xff, 0xfe) };
    expect(problemsOf('[lookup.l]\na = "%{file:/run/x}%"', binary)).toEqual([
      '2:5 error: cannot read /run/x: it is not UTF-8 text',
    ]);
  });
});
