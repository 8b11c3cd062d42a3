import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/load.js';
import { ConfigError, renderProblem } from '../../../src/config/problem.js';
import { machine, problemsOf } from './problems-of.js';

const SECRET = 'hunter2';
const URL_WITH_SECRET = `redis://mail:${SECRET}@h`;

/** Everything a user or a log could see of a configuration. */
function shown(text: string): string {
  const host = machine({ '/run/secret': SECRET }, { SECRET, URL: URL_WITH_SECRET });
  const { config, problems } = readConfig({ text }, host);
  const error = new ConfigError(problems);
  return [
    ...problems.map((p) => renderProblem(p)),
    error.message,
    JSON.stringify(problems),
    inspect(config, { depth: 9 }),
    JSON.stringify(config),
  ].join('\n');
}

const store = (lines: string) => `[store.s]\ntype = "redis"\n${lines}`;

describe('a secret is never shown', () => {
  it.each([
    ['password', store(`url = "redis://h"\npassword = "${SECRET}"`)],
    ['a URL', store(`url = "${URL_WITH_SECRET}"`)],
    ['a bad URL', store(`url = "${URL_WITH_SECRET}:x/y#z"`)],
    ['a URL with a slash in its password', store(`url = "redis://mail:x/${SECRET}@h"`)],
    ['a URL with a hash in its password', store(`url = "redis://mail:x#${SECRET}@h"`)],
    ['a URL without a host', store(`url = "redis://mail:${SECRET}@"`)],
    ['a URL with bad encoding', store(`urls = ["redis://h", "redis://:%${SECRET}@h"]`)],
    ['a socket URL', store(`url = "unix:///s?pass=${SECRET}&db=x"`)],
    [
      'a cluster that disagrees',
      store(`redis-type = "cluster"\nurls = ["${URL_WITH_SECRET}", "redis://mail:${SECRET}x@h"]`),
    ],
    ['a conflict with the URL', store(`url = "redis://mail:x@h"\npassword = "${SECRET}"`)],
    ['a macro', store('url = "redis://h"\npassword = "%{env:SECRET}%"\ntimeout = "%{cfg:store.s.password}%"')],
    ['a macro of a file', store('url = "redis://h"\nkey-prefix = 5\nprotocol-version = "%{file:/run/secret}%"')],
    ['a macro in a URL', store('url = "redis://mail:%{env:SECRET}%@h:%{env:SECRET}%/%{env:SECRET}%"')],
    ['a URL out of a macro', store('url = "%{env:URL}%:x"')],
    ['a reference out of a macro', '[map.m]\nstore = "%{env:SECRET}%"\noperation = "%{env:SECRET}%"'],
    ['a misspelt key', store(`url = "redis://h"\npasswrd = "${SECRET}"`)],
    ['an unknown key', store(`url = "redis://h"\nauth-token = "${SECRET}"`)],
    ['an unknown key with a URL', store(`uri = "${URL_WITH_SECRET}"`)],
    ['a value of the wrong type', store(`url = "redis://h"\npassword = ["${SECRET}"]`)],
    [
      'an inline table',
      `[store]\ns = { type = "redis", url = "${URL_WITH_SECRET}", password = "${SECRET}", tiemout = 1 }`,
    ],
    ['a comment', store(`url = "redis://h:x" # was ${URL_WITH_SECRET}\ntiemout = 1 # password = "${SECRET}"`)],
    [
      'a pasted key',
      store(`url = "rediss://h"\ntls = { cert = "/c", key = "${SECRET}" }`).replace('cert = "/c", ', ''),
    ],
    ['a pasted PEM text', store(`url = "redis://h"\ntls.ky = """-----BEGIN KEY-----\n${SECRET}"""`)],
    ['a text over several lines', store(`url = "redis://h"\npassword = """\n${SECRET}"""\ntiemout = 1`)],
    ['a syntax error behind it', store(`url = "redis://h"\npassword = "${SECRET}" x`)],
    ['a syntax error in it', store(`url = "redis://h"\npassword = "a\\q${SECRET}"`)],
    ['a quote in it', store(`url = "redis://h"\npassword = "a"${SECRET}"`)],
    ['a missing quote', store(`url = "redis://h"\npassword = "${SECRET}`)],
    ['no quotes', store(`url = "redis://h"\npassword = ${SECRET}#x`)],
    ['a syntax error in a URL', store(`url = "${URL_WITH_SECRET}" x`)],
    ['a syntax error in an inline table', `[store]\ns = { password = "${SECRET}", url = "${URL_WITH_SECRET}" x }`],
    ['three quotes that are not closed', store(`password = """\n${SECRET}\n`)],
    ['a line behind three quotes that are not closed', store(`password = """\n${SECRET} = "${SECRET}"\ntimeout = 1s`)],
    ['a bracket that is not closed', store(`url = [\n  "${URL_WITH_SECRET}",\ntimeout = 1s`)],
    ['a value that is there twice', store(`password = "${SECRET}"\npassword = "${SECRET}"\nurl = "x"`)],
    ['a store that is there twice', `${store(`url = "${URL_WITH_SECRET}"`)}\n${store(`url = "${URL_WITH_SECRET}:x"`)}`],
    ['a syntax error in a text of several lines', store(`password = """\n${SECRET}\\q"""`)],
  ])('in %s', (what, text) => {
    // The path of a key file is no secret: only the message keeps it out, since it may be a pasted key.
    const seen = what === 'a pasted key' ? problemsOf(text).join('\n') : shown(text);
    expect(seen).not.toContain(SECRET);
  });

  it('while the rest of its line is', () => {
    const { problems } = readConfig({ text: store(`url = "redis://mail:${SECRET}@h:x"  # here`) }, machine());
    expect(problems.map((p) => p.excerpt)).toEqual([{ text: 'url = "redis://***@h:x"  # here', column: 7 }]);
  });

  it('and the caret still stands below its place', () => {
    const text = store(`urls = ["${URL_WITH_SECRET}", "redis://h:x"]`);
    const [problem] = readConfig({ text }, machine()).problems;
    const { column, text: line } = problem!.excerpt!;
    expect(line.slice(column - 1)).toBe('"redis://h:x"]');
    expect(text.split('\n')[2]!.slice(problem!.column - 1)).toBe('"redis://h:x"]');
  });

  it('but a macro is, which says where it is', () => {
    const { problems } = readConfig({ text: store('url = "redis://h"\npassword = "%{env:GONE}%"') }, machine());
    expect(problems[0]?.excerpt?.text).toBe('password = "%{env:GONE}%"');
  });
});

describe('a password that everybody on the machine can read', () => {
  const host = machine(
    { '/run/secret': SECRET, '/run/closed': SECRET },
    { SECRET },
    { '/etc/open.toml': 0o644, '/etc/closed.toml': 0o640, '/run/secret': 0o604, '/run/closed': 0o600 },
  );
  const warning = (place: string, file: string) =>
    `${place} every user of this machine can read this password in ${file}`;

  it.each<[string, string, string[]]>([
    ['/etc/open.toml', `url = "redis://h"\npassword = "${SECRET}"`, [warning('4:12', '/etc/open.toml')]],
    ['/etc/open.toml', `url = "${URL_WITH_SECRET}"`, [warning('3:7', '/etc/open.toml')]],
    [
      '/etc/open.toml',
      `redis-type = "cluster"\nurls = ["${URL_WITH_SECRET}", "${URL_WITH_SECRET}2"]`,
      [warning('4:9', '/etc/open.toml')],
    ],
    ['/etc/closed.toml', `url = "${URL_WITH_SECRET}"`, []],
    ['/etc/open.toml', 'url = "redis://:%{env:SECRET}%@h"', []],
    ['/etc/open.toml', 'url = "redis://h"\npassword = "%{file:/run/closed}%"', []],
    ['/etc/closed.toml', 'url = "redis://h"\npassword = "%{file:/run/secret}%"', [warning('4:12', '/run/secret')]],
  ])('%s: %s', (file, lines, expected) => {
    const { config, problems } = readConfig({ text: store(lines), file }, host);
    expect(problems.map((p) => `${p.line}:${p.column} ${p.message}`)).toEqual(expected);
    expect(config?.warnings).toEqual(problems);
  });
});
