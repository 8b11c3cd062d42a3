import { describe, expect, it } from 'vitest';
import { configOf, problemsOf } from './problems-of.js';

const MAP = '[lookup.l]\na = 1\n[map.m]\nlookup = "l"\n';

/** The problems of a listener's lines, of which the first is line 6. */
const problems = (lines: string) => problemsOf(`${MAP}[server.listener.x]\n${lines}`);

const listenerOf = (lines: string) => configOf(`${MAP}[server.listener.x]\n${lines}`).listeners.get('x')!;

describe('a listener', () => {
  it('has the documented defaults', () => {
    expect(listenerOf('protocol = "socketmap"\nbind = "127.0.0.1:0"')).toEqual({
      id: 'x',
      protocol: 'socketmap',
      bind: [{ host: '127.0.0.1', port: 0 }],
      mode: undefined,
      owner: undefined,
      group: undefined,
      map: undefined,
      maps: undefined,
      policies: [],
      dicts: undefined,
      serve: [],
      write: undefined,
      store: undefined,
      prefix: '',
      password: undefined,
      commands: undefined,
      stores: undefined,
      limits: { maxConnections: 1_000, maxPipeline: 100, idleTimeout: 300_000, maxUnsent: 1_048_576 },
    });
  });

  it.each<[string, object]>([
    [
      'protocol = "socketmap"\nbind = ["[::1]:10023", "unix:/run/x"]\nmode = "0660"\nowner = "root"\ngroup = "postfix"',
      { bind: [{ host: '::1', port: 10023 }, { path: '/run/x' }], mode: 0o660, owner: 'root', group: 'postfix' },
    ],
    ['protocol = "socketmap"\nbind = "unix:/x"\nmode = "600"', { mode: 0o600 }],
    ['protocol = "tcp-table"\nbind = "127.0.0.1:1"\nmap = "m"', { map: 'm' }],
    ['protocol = "socketmap"\nbind = "127.0.0.1:1"\nmaps = "m"', { maps: ['m'] }],
    ['protocol = "http"\nbind = "127.0.0.1:1"', { serve: ['lookup'] }],
    ['protocol = "http"\nbind = "127.0.0.1:1"\nwrite = true', { serve: ['lookup', 'stores'], write: true }],
    ['protocol = "http"\nbind = "127.0.0.1:1"\nserve = ["health", "metrics"]', { serve: ['health', 'metrics'] }],
    [
      'protocol = "http"\nbind = "127.0.0.1:1"\nlimits = { max-connections = 1, max-pipeline = 2, idle-timeout = "never", max-unsent = "64kb" }',
      { limits: { maxConnections: 1, maxPipeline: 2, idleTimeout: 0, maxUnsent: 65_536 } },
    ],
  ])('%s', (lines, expected) => {
    expect(listenerOf(lines)).toMatchObject(expected);
  });

  it.each<[string, string[]]>([
    ['', ['5:2 error: "protocol" is missing', '5:2 error: "bind" is missing']],
    ['protocol = "policy"\nbind = "127.0.0.1:1"', ['6:12 error: a policy listener needs "policies"']],
    [
      'protocol = "policy"\nbind = "127.0.0.1:1"\npolicies = ["g"]\nmaps = ["m"]',
      ['8:13 error: there is no policy "g"', '9:8 error: "maps" is not for policy'],
    ],
    ['protocol = "resp"\nbind = "127.0.0.1:1"', ['6:12 error: a resp listener needs "store"']],
    [
      'protocol = "resp"\nbind = "127.0.0.1:1"\nstore = "s"\ncommands = ["get", "a b"]',
      ['8:9 error: there is no store "s"', '9:20 error: "commands": expected the name of a command such as "get"'],
    ],
    ['protocol = "http"\nbind = "127.0.0.1:1"\nprefix = "x"', ['8:10 error: "prefix" is for resp']],
    [
      'protocol = "http"\nbind = "127.0.0.1:1"\npolicies = []',
      ['8:12 error: "policies": expected at least one of the policies'],
    ],
    [
      'protocol = "http"\nbind = "127.0.0.1:1"\npolicies = ["g"]',
      ['8:12 error: "policies" is for the protocol "policy"', '8:13 error: there is no policy "g"'],
    ],
    ['protocol = "line"\nbind = "127.0.0.1:1"\nwrite = true', ['8:9 error: "write" is for http, resp and dict']],
    [
      'protocol = "http"\nbind = "127.0.0.1:1"\nstores = ["s"]',
      ['8:10 error: "stores" needs write = true', '8:11 error: there is no store "s"'],
    ],
    ['protocol = "socketmap"\nbind = []', ['7:8 error: "bind": expected at least one of the addresses']],
    ['protocol = "socketmap"\nbind = 10023', ['7:8 error: "bind": expected text, or an array of addresses']],
    [
      'protocol = "socketmap"\nbind = ["127.0.0.1:1", "x"]',
      ['7:24 error: "bind": expected host:port, [IPv6]:port or unix:/path'],
    ],
    [
      'protocol = "socketmap"\nbind = "unix:/x"\nmode = "rw"',
      ['8:8 error: "mode": expected an octal mode such as "0660"'],
    ],
    ['protocol = "socketmap"\nbind = "unix:/x"\nmode = 660', ['8:8 error: "mode": expected text in quotes']],
    [
      'protocol = "socketmap"\nbind = "127.0.0.1:1"\nmode = "0660"',
      ['8:8 error: "mode" is for unix sockets, and this listener has none'],
    ],
    ['protocol = "tcp-table"\nbind = "127.0.0.1:1"', ['6:12 error: a tcp-table listener needs "map"']],
    ['protocol = "tcp-table"\nbind = "127.0.0.1:1"\nmap = "n"', ['8:7 error: there is no map "n"']],
    [
      'protocol = "tcp-table"\nbind = "127.0.0.1:1"\nmap = "m"\nmaps = ["m"]',
      ['9:8 error: "maps" is not for tcp-table'],
    ],
    ['protocol = "socketmap"\nbind = "127.0.0.1:1"\nmap = "m"', ['8:7 error: "map" is for tcp-table']],
    ['protocol = "socketmap"\nbind = "127.0.0.1:1"\nmaps = ["m", "n"]', ['8:14 error: there is no map "n"']],
    ['protocol = "socketmap"\nbind = "127.0.0.1:1"\nserve = ["health"]', ['8:9 error: "serve" is for http']],
    [
      'protocol = "http"\nbind = "127.0.0.1:1"\nserve = ["health"]\nmaps = ["m"]',
      ['9:8 error: "maps" needs "lookup" in "serve"'],
    ],
    [
      'protocol = "socketmap"\nbind = ["0.0.0.0:1", "127.0.0.1:1", "[::]:1"]',
      [
        '7:9 warning: other machines can connect here, and nothing asks who they are',
        '7:37 warning: other machines can connect here, and nothing asks who they are',
      ],
    ],
    [
      'protocol = "socketmap"\nbind = ["127.0.0.1:1", "127.0.0.1:1"]',
      ['7:24 error: listener "x" has this address already'],
    ],
    ['protocol = "socketmap"\nbind = ["127.0.0.1:0", "127.0.0.1:0"]', []],
  ])('%s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected);
  });

  it('cannot have the address of another', () => {
    const text = `
      [server.listener.a]
      protocol = "http"
      bind = "unix:/run/x"
      [server.listener.b]
      protocol = "http"
      bind = "unix:/run/x"`;
    expect(problemsOf(text)).toEqual(['7:14 error: listener "a" has this address already']);
  });
});

describe('sections', () => {
  it.each<[string, string[]]>([
    ['[stores.x]\ntype = "embedded"', ['1:2 error: unknown section "stores"']],
    ['loglevel = "debug"', ['1:1 error: unknown section "loglevel"']],
    ['store = 1', ['1:1 error: "store" is a table']],
    ['[[store]]\ntype = "embedded"', ['1:3 error: "store" is a table']],
    ['[store]\nx = 1', ['2:1 error: "x" is a table']],
    ['[store.""]\ntype = "embedded"', ['1:8 error: an id cannot be empty']],
    ['[server]\nhostname = "x"', ['2:1 error: unknown key "hostname"']],
    ['[log]\nlevel = "verbose"', ['2:9 error: "level": expected one of "trace", "debug", "info", "warn", "error"']],
    ['[log]\nfromat = "json"', ['2:1 error: unknown key "fromat"']],
  ])('%s', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it('may all be missing', () => {
    expect(configOf('')).toMatchObject({ log: { level: 'info', format: 'auto' }, warnings: [] });
    expect(configOf('[log]\nlevel = "warn"\nformat = "json"').log).toEqual({
      level: 'warn',
      format: 'json',
      slow: 1_000,
    });
  });
});
