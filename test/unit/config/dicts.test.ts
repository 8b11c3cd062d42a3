import { describe, expect, it } from 'vitest';
import { configOf, problemsOf } from './problems-of.js';

const STORE = '[store.s]\ntype = "embedded"\n';

const dictOf = (lines: string) => configOf(`${STORE}[dict.d]\n${lines}`).dicts.get('d')!;

describe('a dictionary', () => {
  it('has the documented defaults', () => {
    expect(dictOf('store = "s"')).toEqual({
      id: 'd',
      store: 's',
      prefix: '',
      shared: ['passdb/*', 'userdb/*', 'last-login/*', 'expire/*', 'shared-boxes/*'],
      write: false,
      expire: 0,
    });
  });

  it('is read', () => {
    expect(dictOf('store = "s"\nprefix = "quota/"\nshared = "*"\nwrite = true\nexpire = "30d"')).toMatchObject({
      prefix: 'quota/',
      shared: ['*'],
      write: true,
      expire: 2_592_000_000,
    });
  });

  // Its first line is line 4.
  it.each<[string, string[]]>([
    ['', ['3:2 error: "store" is missing']],
    ['store = "t"', ['4:9 error: there is no store "t"']],
    ['store = ["s"]', ['4:9 error: "store": expected text in quotes']],
    ['store = "s"\nshared = ["/a"]', ['5:11 error: "shared": a shared key does not start with "/"']],
    ['store = "s"\nexpire = "0s"', ['5:10 error: "expire": "0s" is no duration']],
    ['store = "s"\nwrite = "maybe"', ['5:9 error: "write": expected true or false']],
    ['store = "s"\nprefx = ""', ['5:1 error: unknown key "prefx"']],
    ['store = "s"\nwrite = true', ['5:9 warning: without "prefix" every key of the store can be changed']],
  ])('%s', (lines, expected) => {
    expect(problemsOf(`${STORE}[dict.d]\n${lines}`)).toEqual(expected);
  });
});

describe('a dict listener', () => {
  const DICTS = `${STORE}[dict.r]\nstore = "s"\n[dict.w]\nstore = "s"\nprefix = "w/"\nwrite = true\n`;

  // Its first line is line 10.
  it.each<[string, string[]]>([
    ['bind = "127.0.0.1:1"', []],
    ['bind = "unix:/x"\nmode = "0660"\ndicts = ["r", "w"]\nwrite = true', []],
    ['bind = "127.0.0.1:1"\ndicts = ["q"]', ['12:10 error: there is no dictionary "q"']],
    ['bind = "127.0.0.1:1"\nmaps = ["m"]', ['12:8 error: "maps" is not for dict', '12:9 error: there is no map "m"']],
    ['bind = "127.0.0.1:1"\nmap = "m"', ['12:7 error: "map" is for tcp-table', '12:7 error: there is no map "m"']],
    [
      'bind = "0.0.0.0:1"',
      [
        '11:8 warning: other machines can connect here, and nothing asks who they are',
        '11:8 warning: other machines can change data here',
      ],
    ],
    [
      'bind = "0.0.0.0:1"\nwrite = false',
      ['11:8 warning: other machines can connect here, and nothing asks who they are'],
    ],
    ['bind = "unix:/x"\nmode = "0666"', ['12:8 warning: every user of this machine can change data here']],
    ['bind = "unix:/x"\nmode = "0666"\ndicts = "r"', []],
    ['bind = "unix:/x"\ndicts = "r"\nwrite = true', ['13:9 warning: none of its dictionaries can be changed']],
  ])('%s', (lines, expected) => {
    expect(problemsOf(`${DICTS}[server.listener.l]\nprotocol = "dict"\n${lines}`)).toEqual(expected);
  });

  it('needs a dictionary', () => {
    expect(problemsOf('[server.listener.l]\nprotocol = "dict"\nbind = "127.0.0.1:1"')).toEqual([
      '2:12 error: there is no dictionary to serve',
    ]);
  });

  it('has keys that are not for others', () => {
    const text = `${DICTS}[server.listener.l]\nprotocol = "socketmap"\nbind = "127.0.0.1:1"\ndicts = "w"\nwrite = true`;
    expect(problemsOf(text)).toEqual([
      '12:9 error: "dicts" is for dict',
      '13:9 error: "write" is for http, resp and dict',
    ]);
  });
});
