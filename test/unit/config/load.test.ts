import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, readConfig } from '../../../src/config/load.js';
import { ConfigError, renderProblem } from '../../../src/config/problem.js';
import { machine } from './problems-of.js';

const TEN_MISTAKES = `# A file with ten different mistakes.
[store."redis"]
type = "redis"
redis-type = "singel"
url = "redis://mail:secret@2001:db8::1/0"
tiemout = "10s"
connect-timeout = "1h30m"
password = "%{env:NO_SUCH_VARIABLE}%"

[store."cluster"]
type = "redis"
redis-type = "cluster"
urls = ["redis://192.0.2.1", "rediss://192.0.2.2"]
[store."cluster".retry]
\tmin-wait = "2s"
\tmax-wait = "1s"

[lookup."redis"]
"ceo@example.com" = true

[map."aliases"]
store = "rediss"
expand = ["full", "no-extention"]

[server.listener."postfix"]
protocol = "socketmap"
bind = "0.0.0.0:10023"
`;

describe('loading', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookupd-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a file, its secrets beside it, and who can read it', () => {
    const file = join(folder, 'lookupd.toml');
    writeFileSync(file, '\ufeff[store.s]\r\ntype = "redis"\r\nurl = "redis://h"\r\npassword = "%{file:secret}%"\r\n');
    writeFileSync(join(folder, 'secret'), 'p\n');
    chmodSync(join(folder, 'secret'), 0o644);
    const config = loadConfig(file);
    const store = config.stores.get('s')!;
    expect(store.type === 'redis' && store.password?.reveal()).toBe('p');
    expect(config.file).toBe(file);
    expect(config.warnings.map((w) => w.message)).toEqual([
      `every user of this machine can read this password in ${join(folder, 'secret')}`,
    ]);
  });

  it.each([
    ['a missing file', 'gone.toml', 'cannot read the file: there is no such file'],
    ['a folder', '.', 'cannot read the file: it is a folder'],
    ['bytes that are no text', 'binary.toml', 'cannot read the file: it is not UTF-8 text'],
  ])('tells of %s', (_, name, message) => {
    writeFileSync(join(folder, 'binary.toml'), Uint8Array.of(0x61, 0xff));
    const file = join(folder, name);
    expect(readConfig(file)).toEqual({
      config: undefined,
      problems: [{ severity: 'error', message, file, line: 1, column: 1 }],
    });
  });

  it('throws one error with all problems', () => {
    const load = () =>
      loadConfig({ text: '[store.s]\ntype = "redis"\nurl = "x"\ntiemout = 1', file: 'my.toml' }, machine());
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(
      [
        'my.toml:3:7: error: "url": expected a URL (it starts with redis://, rediss://, valkey://, valkeys:// or unix://)',
        'my.toml:4:1: error: unknown key "tiemout" (did you mean "timeout"?)',
      ].join('\n'),
    );
  });

  it('tells a syntax error in the same form', () => {
    const { problems } = readConfig({ text: '[store.s]\ntype = "redis\n' });
    expect(problems.map((p) => renderProblem(p))).toEqual([
      ['<text>:2:14: error: the quote is not closed on its line', '    type = "redis', '                 ^'].join('\n'),
    ]);
  });

  it('tells ten different mistakes at once', () => {
    const { config, problems } = readConfig({ text: TEN_MISTAKES, file: 'lookupd.toml' }, machine());
    expect(config).toBeUndefined();
    expect(problems.map((p) => renderProblem(p)).join('\n')).toMatchInlineSnapshot(`
      "lookupd.toml:4:14: error: "redis-type": expected one of "single", "failover", "sentinel", "cluster", "auto"
          redis-type = "singel"
                       ^
          hint: did you mean "single"?
      lookupd.toml:5:7: error: "url": an IPv6 address stands in brackets
          url = "redis://***@2001:db8::1/0"
                ^
          hint: as in redis://[::1]:6379
      lookupd.toml:6:1: error: unknown key "tiemout"
          tiemout = "10s"
          ^
          hint: did you mean "timeout"?
      lookupd.toml:7:19: error: "connect-timeout": expected a duration such as "10s" or "500ms"
          connect-timeout = "1h30m"
                            ^
          hint: one whole number and one unit: d, h, m, s or ms
      lookupd.toml:8:12: error: the environment variable NO_SUCH_VARIABLE is not set
          password = "%{env:NO_SUCH_VARIABLE}%"
                     ^
      lookupd.toml:13:30: error: the URLs of a cluster must agree: redis:// or rediss://
          urls = ["redis://192.0.2.1", "rediss://192.0.2.2"]
                                       ^
          hint: it differs from the first one
      lookupd.toml:16:13: error: "retry.max-wait" is shorter than "retry.min-wait"
          	max-wait = "1s"
          	           ^
      lookupd.toml:18:9: error: the id "redis" is used twice
          [lookup."redis"]
                  ^
          hint: there is a store of this name
      lookupd.toml:22:9: error: there is no store "rediss"
          store = "rediss"
                  ^
          hint: did you mean "redis"?
      lookupd.toml:23:19: error: "expand": expected one of "full", "no-extension", "domain", "local-part", "parent-domains"
          expand = ["full", "no-extention"]
                            ^
          hint: did you mean "no-extension"?
      lookupd.toml:27:8: warning: other machines can connect here, and nothing asks who they are
          bind = "0.0.0.0:10023"
                 ^
          hint: keep it behind a firewall"
    `);
  });
});
