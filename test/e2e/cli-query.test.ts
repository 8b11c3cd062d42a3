import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/net/address.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere } from '../harness/program.js';

/** `lookupd query`: in its own process and at a daemon, which answer the same. */
const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
const env = { LOOKUPD_CONFIG: file };
let daemon: TestDaemon;
let ports: number[];

beforeAll(async () => {
  ports = await freePorts(6);
  const [nobody, postfix, table, http, lines, policies] = ports;
  const toml = `
[store.local]
type = "embedded"
[store.local.data]
"alias:ann@example.com" = "Ann@Example.net"
"alias:with spaces@grün.example" = "Grüße an %alle"
"alias:empty@example.com" = ""
"alias:@example.org" = "all@example.net"
"quota/a\\tb" = "tab\\tand\\nline"
"quota/ann/quota/storage" = "42"
[store.down]
type = "redis"
url = "redis://127.0.0.1:${nobody}"
retry.total = 0
[lookup.vip]
"*@partner.example" = "partner"
[map.aliases]
store = "local"
key = "alias:%s"
expand = ["full", "no-extension", "domain"]
fold-case = true
[map.vip]
sources = ["vip", "down"]
[map.domains]
lookup = "vip"
key = "%d"
[server.listener.postfix]
protocol = "socketmap"
bind = "127.0.0.1:${postfix}"
[server.listener.tcp]
protocol = "tcp-table"
bind = "0.0.0.0:${table}"
map = "aliases"
[server.listener.web]
protocol = "http"
bind = ["unix:${folder.file('web.sock')}", "127.0.0.1:${http}"]
maps = ["aliases"]
[server.listener.lines]
protocol = "line"
bind = "127.0.0.1:${lines}"
[dict.quota]
store = "local"
prefix = "quota/"
[server.listener.dovecot]
protocol = "dict"
bind = "unix:${folder.file('dict.sock')}"
[policy.friends]
type = "allow"
key = "sender"
map = "vip"
[policy.foes]
type = "deny"
key = "helo_name"
map = "vip"
[policy.unknown]
type = "greylist"
store = "local"
on-error = "defer"
[server.listener.policies]
protocol = "policy"
bind = "127.0.0.1:${policies}"
policies = ["foes", "friends", "unknown"]
[server.listener.health]
protocol = "http"
bind = "127.0.0.1:0"
serve = ["health"]
`;
  writeFileSync(file, toml);
  daemon = await TestDaemon.start(toml);
});
afterAll(async () => {
  await daemon.stop();
  folder[Symbol.dispose]();
});

const run = (argv: readonly string[], options = {}) => runHere(['query', ...argv], { env, ...options });

describe.each([[[]], [['--via', 'socketmap']], [['--via', 'tcp']], [['--via', 'line']], [['--via', 'http']]])(
  'lookupd query %j',
  (via) => {
    it.each<[string, string, number, string]>([
      ['a key', 'ann@example.com', 0, 'Ann@Example.net\n'],
      ['another case and an extension', 'ANN+news@example.com', 0, 'Ann@Example.net\n'],
      ['spaces, umlauts and percent signs', 'with spaces@grün.example', 0, 'Grüße an %alle\n'],
      ['a domain', '50%@example.org', 0, 'all@example.net\n'],
      ['nothing', 'nobody@example.com', 1, ''],
    ])('finds %s', async (_, key, code, out) => {
      expect(await run(['aliases', key, ...via])).toEqual({ code, out, err: '' });
    });

    it('takes many, and prints those it finds', async () => {
      const found = 'ann@example.com\tAnn@Example.net\nx@example.org\tall@example.net\n';
      const keys = ['ann@example.com', 'nobody@example.com', 'x@example.org'];
      expect(await run(['aliases', ...keys, ...via])).toEqual({ code: 1, out: found, err: '' });
      expect(await run(['aliases', '-', ...via], { input: `${keys.join('\r\n')}\n\n` })).toMatchObject({ out: found });
    });

    it('prints JSON as HTTP does', async () => {
      const { code, out } = await run(['aliases', 'ann@example.com', 'nobody@example.com', '--json', ...via]);
      expect(code).toBe(1);
      expect(
        out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual([
        { map: 'aliases', key: 'ann@example.com', value: 'Ann@Example.net' },
        { map: 'aliases', key: 'nobody@example.com', error: 'not-found' },
      ]);
    });

    it('says on a terminal what was not found', async () => {
      const onTerminal = { isTerminal: true, env: { ...env, NO_COLOR: '1' } };
      expect(await run(['aliases', 'nobody@x', ...via], onTerminal)).toEqual({ code: 1, out: '', err: 'not found\n' });
      const two = await run(['aliases', 'nobody@x', 'a@example.org', ...via], onTerminal);
      expect(two).toEqual({ code: 1, out: 'a@example.org\tall@example.net\n', err: 'nobody@x: not found\n' });
    });
  },
);

describe('policies', () => {
  it.each<[string, readonly string[], number, string]>([
    ['a friend', ['sender=a@partner.example'], 0, 'DUNNO\n'],
    ['a foe', ['helo_name=x@partner.example'], 1, 'REJECT 5.7.1 Access denied\n'],
    [
      'what is not known',
      ['sender=a@b', 'recipient=b@c', 'protocol_state=DATA'],
      1,
      'DEFER_IF_PERMIT 4.3.0 Temporary lookup failure\n',
    ],
  ])('decide about %s', async (_, words, code, out) => {
    expect(await run(['policies', ...words, '--via', 'policy'])).toEqual({ code, out, err: '' });
  });

  it('tell the same in JSON', async () => {
    const { out } = await run(['policies', 'sender=a@partner.example', '--via', 'policy', '--json']);
    expect(JSON.parse(out)).toEqual({ listener: 'policies', action: 'DUNNO' });
  });

  it.each<[string, string]>([
    ['policies a@b', 'words of name=value'],
    ['policys sender=a', 'has no policy listener "policys": did you mean "policies"?'],
    ['postfix sender=a', 'has no policy listener "postfix"'],
  ])('%s is wrong usage', async (line, message) => {
    const { code, err } = await run([...line.split(' '), '--via', 'policy']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
  });
});

describe('a dictionary', () => {
  it.each<[string, readonly string[], number, string]>([
    ['a shared key', ['shared/a\tb'], 0, 'tab\tand\nline\n'],
    ["a user's key", ['priv/quota/storage', '--user', 'ann'], 0, '42\n'],
    ["another user's key", ['priv/quota/storage', '--user', 'bob'], 1, ''],
  ])('is asked for %s', async (_, args, code, out) => {
    expect(await run(['quota', ...args, '--via', 'dict'])).toEqual({ code, out, err: '' });
  });

  it('says what is wrong with a key', async () => {
    const { code, err } = await run(['quota', 'priv/quota/storage', 'shared/none', '--via', 'dict']);
    expect({ code, err }).toEqual({
      code: 75,
      err: 'lookupd: priv/quota/storage: temporary: a private key needs a user\n',
    });
  });

  it.each<[string, string]>([
    ['quot shared/x --via dict', 'has no dict "quot": did you mean "quota"?'],
    ['aliases x --user ann', '--user is for --via dict'],
    ['aliases x --via dict', 'has no dict "aliases"'],
  ])('%s is wrong usage', async (line, message) => {
    const { code, err } = await run(line.split(' '));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('a failure', () => {
  it('of a store is told and ends with 75, whatever else was found', async () => {
    const { code, out, err } = await run(['vip', 'a@partner.example', 'a@b', 'c@d']);
    expect({ code, out }).toEqual({ code: 75, out: 'a@partner.example\tpartner\n' });
    expect(err).toMatch(/^lookupd: a@b: temporary: store "down" at .*\nlookupd: c@d: temporary: .*\n$/);
  });

  it('of the daemon is told with what to do', async () => {
    const address = daemon.address('postfix');
    await daemon.stop();
    for (const via of ['socketmap', 'http']) {
      const { code, out, err } = await run(['aliases', 'ann@example.com', 'b', '--via', via]);
      expect({ code, out }).toEqual({ code: 75, out: '' });
      expect(err.split('is the daemon running?')).toHaveLength(3);
    }
    const asked = await run(['policies', 'sender=a', '--via', 'policy']);
    expect(asked).toMatchObject({
      code: 75,
      out: '',
      err: expect.stringContaining('is the daemon running?') as string,
    });
    expect((await run(['aliases', 'a', '--via', 'socketmap'])).err).toContain(formatAddress(address));
  });

  it.each<[string, string]>([
    ['aliasses x', 'has no map "aliasses": did you mean "aliases"?'],
    ['vip x --via tcp', 'has no tcp-table listener for the map "vip"'],
    ['vip x --via http', 'has no http listener for the map "vip"'],
    ['aliases x --via http --explain', '--explain is without --via'],
  ])('%s is wrong usage', async (line, message) => {
    const { code, out, err } = await run(line.split(' '));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('lookupd query --explain', () => {
  it('prints every key that was tried, and what came of it', async () => {
    const { code, out } = await run(['aliases', 'Bob+x@Example.org', 'empty@example.com', '--explain']);
    expect(code).toBe(0);
    expect(out).toBe(
      `Bob+x@Example.org in map aliases
    EXPANSION     SOURCE  KEY                      OUTCOME
1.  full          local   alias:bob+x@example.org  not found
2.  no-extension  local   alias:bob@example.org    not found
3.  domain        local   alias:@example.org       found all@example.net
answer: found all@example.net

empty@example.com in map aliases
    EXPANSION  SOURCE  KEY                      OUTCOME
1.  full       local   alias:empty@example.com  found, empty (socketmap, tcp-table and line say not found)
answer: found, empty (socketmap, tcp-table and line say not found)
`,
    );
  });

  it('says when no key can be made', async () => {
    expect(await run(['domains', 'nodomain', '--explain'])).toEqual({
      code: 1,
      out: 'nodomain in map domains\nno key can be made of it: the map\'s key is "%d"\nanswer: not found\n',
      err: '',
    });
  });

  it('shows which source failed', async () => {
    const { code, out } = await run(['vip', 'a@b', '--explain']);
    expect(code).toBe(75);
    expect(out).toMatch(/^1\. {2}full +vip +a@b +not found\n2\. {2}full +down +a@b +temporary: /m);
  });

  it('tells the same in JSON', async () => {
    const { out } = await run(['vip', 'a@b', 'x@partner.example', '--explain', '--json']);
    const [failed, found] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(failed).toMatchObject({
      map: 'vip',
      key: 'a@b',
      error: 'temporary',
      tries: [
        { expansion: 'full', source: 'vip', key: 'a@b', error: 'not-found' },
        { expansion: 'full', source: 'down', key: 'a@b', error: 'temporary' },
      ],
    });
    expect(found).toMatchObject({ value: 'partner', tries: [{ source: 'vip', value: 'partner' }] });
  });
});
