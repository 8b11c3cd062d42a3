import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { Postmap } from '../harness/postmap.js';
import { requireProgram } from '../harness/programs.js';

/**
 * Postfix's own client against the daemon: over each of the protocols and transports that Postfix has, what
 * is there, what is not, and what cannot be known now.
 */
describe.skipIf(!requireProgram('postfix'))('postmap', () => {
  const folder = temporaryFolder();
  let postmap: Postmap;
  let daemon: TestDaemon;

  beforeAll(async () => {
    postmap = new Postmap();
    daemon = await TestDaemon.start(`
[store.local]
type = "embedded"
[store.local.data]
"user@example.org" = "target@example.net"
"with spaces in it" = "a value with spaces"
"grün@example.org" = "Grüße"
"100%" = "per%cent"
"empty" = ""
"@example.org" = "catch-all@example.net"
[store.down]
type = "embedded"
[lookup.vip]
"*@partner.test" = "partner"
[map.users]
store = "local"
[map.aliases]
store = "local"
expand = ["full", "no-extension", "domain"]
fold-case = true
[map.vip]
lookup = "vip"
[map.broken]
store = "down"
[server.listener.socketmap]
protocol = "socketmap"
bind = ["127.0.0.1:0", "unix:${folder.file('socketmap')}"]
[server.listener.tcp-users]
protocol = "tcp-table"
bind = "127.0.0.1:0"
map = "users"
[server.listener.tcp-broken]
protocol = "tcp-table"
bind = "127.0.0.1:0"
map = "broken"
`);
    daemon.store('down').failure = 'UNREACHABLE';
    daemon.store('local').values.set('\xff\xfe', Buffer.from('bytes'));
    for (let i = 0; i < 1_000; i++) daemon.store('local').values.set(`key ${i}`, Buffer.from(`value ${i}`));
  });

  afterAll(async () => {
    await daemon.stop();
    postmap.remove();
    folder[Symbol.dispose]();
  });

  const tables: Readonly<Record<string, (map: 'users' | 'broken') => string>> = {
    'socketmap over TCP': (map) => `socketmap:inet:${formatAddress(daemon.address('socketmap'))}:${map}`,
    'socketmap over a unix socket': (map) => `socketmap:${formatAddress(daemon.address('socketmap', 1))}:${map}`,
    'tcp table': (map) => `tcp:${formatAddress(daemon.address(`tcp-${map}`))}`,
  };

  describe.each(Object.entries(tables))('%s', (_, table) => {
    test.each([
      ['a plain key', 'user@example.org', 'target@example.net'],
      ['spaces in key and value', 'with spaces in it', 'a value with spaces'],
      ['UTF-8 in key and value', 'grün@example.org', 'Grüße'],
      ['percent signs', '100%', 'per%cent'],
    ])('%s', async (_name, key, value) => {
      expect(await postmap.query(table('users'), key)).toEqual({ status: 0, stdout: `${value}\n`, stderr: '' });
    });

    test('a key that is not UTF-8', async () => {
      const result = await postmap.query(table('users'), Buffer.from([0xff, 0xfe]));
      expect(result).toEqual({ status: 0, stdout: 'bytes\n', stderr: '' });
    });

    test.each(['nobody@example.org', 'empty'])('a miss is silent: %s', async (key) => {
      expect(await postmap.query(table('users'), key)).toEqual({ status: 1, stdout: '', stderr: '' });
    });

    test('a store that is down is an error, never a miss', async () => {
      const result = await postmap.query(table('broken'), 'user@example.org');
      expect(result).toMatchObject({ status: 1, stdout: '' });
      // Of a tcp table's 400 Postfix shows no reason.
      expect(result.stderr).toMatch(/store "down": get: unreachable|tcp:.*: query error/);
    });

    test('many keys on one connection', async () => {
      const keys = Array.from({ length: 2_000 }, (__, i) => `key ${i}`);
      const { status, stdout, stderr } = await postmap.queryMany(table('users'), keys);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const expected = keys.slice(0, 1_000).map((key) => `${key}\t${key.replace('key', 'value')}\n`);
      expect(stdout).toBe(expected.join(''));
    });
  });

  test('the daemon expands and folds addresses, since Postfix does not for socketmap', async () => {
    const table = tables['socketmap over TCP']!('users').replace(/users$/, 'aliases');
    for (const [key, value] of [
      ['USER+tag@Example.ORG', 'target@example.net'],
      ['anybody@example.org', 'catch-all@example.net'],
    ] as const) {
      expect(await postmap.query(table, key)).toEqual({ status: 0, stdout: `${value}\n`, stderr: '' });
    }
  });

  test('a static list with globs', async () => {
    const table = tables['socketmap over TCP']!('users').replace(/users$/, 'vip');
    expect(await postmap.query(table, 'any@partner.test')).toMatchObject({ status: 0, stdout: 'partner\n' });
    expect(await postmap.query(table, 'any@other.test')).toMatchObject({ status: 1, stderr: '' });
  });

  test('an unknown map is an error', async () => {
    const table = tables['socketmap over TCP']!('users').replace(/users$/, 'nothing');
    const result = await postmap.query(table, 'user@example.org');
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/unknown map "nothing"/);
  });
});
