import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { executable, requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

/**
 * Dovecot's own client against the daemon, on an embedded store and, for the layout, on a real Redis that its
 * own driver writes to; and a whole Dovecot, with a folder and sockets of its own, that logs users in by
 * the configuration of docs/dovecot.md.
 */
describe.skipIf(!requireProgram('dovecot'))('Dovecot', () => {
  const folder = temporaryFolder();
  const socket = folder.file('dict.sock');
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await TestDaemon.start(
      `
[store.local]
type = "embedded"
[dict.quota]
store = "local"
prefix = "quota/"
write = true
[dict.auth]
store = "local"
prefix = "auth/"
[server.listener.dict]
protocol = "dict"
bind = "unix:${socket}"
mode = "0666"
[dict.seed]
store = "local"
prefix = "auth/"
write = true
`,
      { openStore: (config) => openConfigured(config) },
    );
    chmodSync(folder.path, 0o755);
    mkdirSync(folder.file('base'));
    writeFileSync(
      folder.file('dovecot.conf'),
      `base_dir = ${folder.file('base')}\nprotocols =\nlog_path = /dev/stderr\nssl = no\n`,
    );
  });

  afterAll(async () => {
    await daemon.stop();
    folder[Symbol.dispose]();
  });

  function run(program: string, args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      execFile(executable(program)!, args, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });
  }

  /** `doveadm dict`; what it prints, or the reason. */
  async function dict(command: string, ...args: readonly string[]): Promise<string> {
    const [last = ''] = args.slice(-1);
    const options = args.filter((arg) => arg.startsWith('-u') || /^-[RV1]$/.test(arg));
    const rest = args.filter((arg) => !options.includes(arg));
    const uri = last.startsWith('redis:') ? rest.pop()! : `proxy:${socket}:quota`;
    const words = options.flatMap((option) => (option.startsWith('-u') ? ['-u', option.slice(2)] : [option]));
    const { out, err } = await run('doveadm', [
      '-c',
      folder.file('dovecot.conf'),
      'dict',
      command,
      ...words,
      uri,
      ...rest,
    ]);
    return out === '' ? err : out.trimEnd();
  }

  test('gets, sets, increments and unsets', async () => {
    expect(await dict('get', 'shared/a')).toContain("shared/a doesn't exist");
    expect(await dict('set', 'shared/a', '5')).toBe('');
    expect(await dict('get', 'shared/a')).toBe('5');
    expect(await dict('inc', 'shared/a', '37')).toBe('');
    expect(await dict('get', 'shared/a')).toBe('42');
    expect(await dict('inc', 'shared/none', '1')).toContain("shared/none doesn't exist");
    expect(await dict('unset', 'shared/a')).toBe('');
    expect(await dict('get', 'shared/a')).toContain("doesn't exist");
    await dict('set', 'shared/text', 'v');
    expect(await dict('inc', 'shared/text', '1')).toContain('value is not an integer');
  });

  test('keeps users apart', async () => {
    const users = ['ann', 'bob@example.com', 'a/b', 'DOMAIN\\ann', '../ann', 'grün'];
    for (const user of users) await dict('set', `-u${user}`, 'priv/quota/storage', `of ${user}`);
    for (const user of users) expect(await dict('get', `-u${user}`, 'priv/quota/storage')).toBe(`of ${user}`);
    expect(await dict('get', 'shared/ann/quota/storage')).toContain("doesn't exist");
    expect(await dict('get', '-ubob', 'priv/../ann/quota/storage')).toContain("doesn't exist");
    expect(await dict('get', '-ua\\-b', 'priv/quota/storage')).toContain('reads like that of another');
    expect(await dict('iter', '-R', 'shared/')).not.toContain('of ann');
  });

  test.each([
    ['tab\tkey', 'tab\tvalue'],
    ['line\nkey', 'line\nvalue\r'],
    ['\x01escape\x010', '\x01\x01t'],
    ['grün', 'Grüße'],
    ['with spaces ', ' and more '],
    ['%s %u', '%%'],
    ['a//b/./../c', '/'],
  ])('passes keys and values on as they are: %j', async (key, value) => {
    await dict('set', `shared/odd/${key}`, value);
    expect(await dict('get', `shared/odd/${key}`)).toBe(value.trimEnd());
    expect(await dict('iter', '-R', `shared/odd/${key}`)).toContain(`shared/odd/${key}\t${value.trimEnd()}`);
  });

  test('iterates: one level, all levels, keys only, exactly one', async () => {
    for (const [key, value] of [
      ['b', '1'],
      ['a', '2'],
      ['c/d', '3'],
    ] as const) {
      await dict('set', '-uiva', `priv/${key}`, value);
    }
    const rows = async (...args: string[]) => (await dict('iter', '-uiva', ...args)).split('\n').slice(1).sort();
    expect(await rows('priv/')).toEqual(['priv/a\t2', 'priv/b\t1']);
    expect(await rows('-R', 'priv/')).toEqual(['priv/a\t2', 'priv/b\t1', 'priv/c/d\t3']);
    expect(await rows('-R', '-V', 'priv/c/')).toEqual(['priv/c/d']);
    expect(await rows('-1', 'priv/a')).toEqual(['priv/a\t2']);
    expect(await rows('priv/none')).toEqual([]);
  });

  test('is told of a dictionary that is not there', async () => {
    const { code, err } = await run('doveadm', [
      '-c',
      folder.file('dovecot.conf'),
      'dict',
      'get',
      `proxy:${socket}:no`,
      'shared/x',
    ]);
    expect(code).not.toBe(0);
    expect(err).toContain('Connection closed');
  });

  describe('as its page says', () => {
    const blocks = blocksOf('docs/dovecot.md', join(ROOT, 'docs/dovecot.md'));
    const block = (language: string, word: string) =>
      blocks.find((one) => one.language === language && one.text.includes(word))!.text;
    const config = folder.file('running.conf');
    let dovecot: ChildProcess | undefined;
    const doveadm = (...args: readonly string[]) => run('doveadm', ['-c', config, ...args]);
    const set = (key: string, value: object) =>
      run('doveadm', [
        '-c',
        folder.file('dovecot.conf'),
        'dict',
        'set',
        `proxy:${socket}:seed`,
        key,
        JSON.stringify(value),
      ]);

    beforeAll(async () => {
      mkdirSync(folder.file('run'));
      const here = (text: string) =>
        text
          .replaceAll('/run/lookupd/dict.sock', socket)
          .replaceAll('/etc/dovecot/lookupd-dict.conf', folder.file('auth.conf'));
      writeFileSync(folder.file('auth.conf'), here(block('dovecot-dict', 'uri')));
      writeFileSync(
        config,
        `base_dir = ${folder.file('run')}
state_dir = ${folder.file('run')}
protocols =
log_path = ${folder.file('dovecot.log')}
ssl = no
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
${here(block('dovecot', 'passdb'))}
`,
      );
      await set('shared/passdb/ann', { password: '{PLAIN}secret' });
      await set('shared/userdb/ann', { uid: '1000', gid: '1000', home: '/srv/mail/ann' });
      dovecot = spawn(executable('dovecot')!, ['-F', '-c', config], { stdio: 'ignore' });
      await until(async () => (await doveadm('auth', 'test', 'ann', 'secret')).out !== '', 'Dovecot answers');
    });

    afterAll(async () => {
      if (dovecot === undefined || dovecot.exitCode !== null) return;
      dovecot.kill();
      await once(dovecot, 'exit');
    });

    test('it logs users in and finds their homes', async () => {
      expect(await doveadm('auth', 'test', 'ann', 'secret')).toMatchObject({ code: 0 });
      expect(await doveadm('auth', 'test', 'ann', 'wrong')).toMatchObject({ code: 77 });
      expect(await doveadm('auth', 'test', 'nobody', 'secret')).toMatchObject({ code: 77 });
      expect((await doveadm('user', 'ann')).out).toContain('/srv/mail/ann');
      expect((await doveadm('user', 'nobody')).out).toContain("user nobody doesn't exist");
    });

    test('its quota plugin takes the configuration', async () => {
      const all = blocks.filter(({ language }) => language === 'dovecot').map(({ text }) => text);
      for (const text of all) {
        writeFileSync(folder.file('block.conf'), text);
        expect(await run('doveconf', ['-c', folder.file('block.conf'), '-n'])).toMatchObject({ code: 0 });
      }
      expect(all.length).toBe(3);
    });
  });

  describe.skipIf(!requireProgram('redis'))('a migration from its redis driver', () => {
    let redis: RedisServer;
    let migrated: TestDaemon;
    const path = folder.file('migrated.sock');

    beforeAll(async () => {
      redis = await startRedis();
      migrated = await TestDaemon.start(
        `
[store.redis]
type = "redis"
url = "redis://127.0.0.1:${redis.port}"
[dict.quota]
store = "redis"
prefix = "quota/"
write = true
[server.listener.dict]
protocol = "dict"
bind = "unix:${path}"
`,
        { openStore: (config) => openConfigured(config) },
      );
    });

    afterAll(async () => {
      await migrated.stop();
      await redis.stop();
    });

    test.each([
      ['shared/plain', ''],
      ['shared/passdb/ann', ''],
      ['shared/last-login/ann', ''],
      ['priv/quota/storage', 'ann'],
      ['priv/quota/storage', 'bob@example.com'],
      ['priv/a/b/c', 'DOMAIN\\ann'],
      ['priv/x', 'a/b'],
      ['priv/x', 'a/b\\c'],
    ])('%s of %j stays where it is, both ways', async (key, user) => {
      const own = `redis:host=127.0.0.1:port=${redis.port}:prefix=quota/`;
      const through = `proxy:${path}:quota`;
      const doveadm = async (command: string, uri: string, ...rest: string[]) => {
        const words = ['dict', command, ...(user === '' ? [] : ['-u', user]), uri, key, ...rest];
        return (await run('doveadm', ['-c', folder.file('dovecot.conf'), ...words])).out.trimEnd();
      };
      await doveadm('set', own, '7');
      expect(await doveadm('get', through)).toBe('7');
      await doveadm('inc', through, '1');
      expect(await doveadm('get', own)).toBe('8');
    });
  });
});
