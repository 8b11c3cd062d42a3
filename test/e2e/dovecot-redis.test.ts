import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { ROOT } from '../harness/pages.js';
import { executable, requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';

const run = promisify(execFile);

/** What a program has said that ended with an error. */
interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** The listener of docs/resp.md, and the dictionary that the page names it as. */
describe.skipIf(!requireProgram('dovecot'))("Dovecot's redis driver on a plain endpoint", () => {
  const folder = temporaryFolder();
  const page = readFileSync(join(ROOT, 'docs/resp.md'), 'utf8');
  const listener = /^\[server\.listener\."dovecot"\]\n(?:.+\n)+?(?=```)/m.exec(page)![0];
  const named = /`(redis:host=\S+)`/.exec(page)![1]!;
  const path = folder.file('plain.sock');
  let plain: TestDaemon;
  let behind: Redis;

  beforeAll(async () => {
    const written = listener.replace(':6380"', ':0"').replace('store = "cluster"', 'store = "local"');
    plain = await TestDaemon.start(
      `
[store.local]
type = "embedded"
[dict.quota]
store = "local"
prefix = "dovecot/quota/"
write = true
[server.listener.dict]
protocol = "dict"
bind = "unix:${path}"
[server.listener.all]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
write = true
[server.listener.closed]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
prefix = "dovecot/"
password = "secret"
${written}
`,
      { openStore: (config) => openConfigured(config) },
    );
    behind = new Redis({ port: plain.port('all') });
    mkdirSync(folder.file('base'));
    writeFileSync(
      folder.file('dovecot.conf'),
      `base_dir = ${folder.file('base')}\nprotocols =\nlog_path = /dev/stderr\nssl = no\n`,
    );
  });

  afterAll(async () => {
    behind?.disconnect();
    await plain?.stop();
    folder[Symbol.dispose]();
  });

  const redisAt = (port: number) => named.replace('port=6380', `port=${port}`);
  const at = (id: string) => redisAt(plain.port(id));

  /** What `doveadm dict` prints, or the reason. */
  async function ask(...words: readonly string[]): Promise<string> {
    const asked = ['-c', folder.file('dovecot.conf'), 'dict', ...words];
    const { stdout, stderr } = await run(executable('doveadm')!, asked).catch((ended: Ended) => ended);
    return `${stdout}${stderr}`.trimEnd();
  }

  test('gets, sets, increments and unsets', async () => {
    const own = at('dovecot');
    expect(await ask('get', own, 'shared/a')).toContain("shared/a doesn't exist");
    expect(await ask('set', own, 'shared/a', '5')).toBe('');
    expect(await ask('get', own, 'shared/a')).toBe('5');
    expect(await behind.get('dovecot/quota/a')).toBe('5');
    expect(await ask('inc', own, 'shared/a', '37')).toBe('');
    expect(await ask('get', own, 'shared/a')).toBe('42');
    expect(await behind.get('dovecot/quota/a')).toBe('42');
    expect(await ask('unset', own, 'shared/a')).toBe('');
    expect(await ask('get', own, 'shared/a')).toContain("shared/a doesn't exist");
    expect(await behind.exists('dovecot/quota/a')).toBe(0);
  });

  test.each(['ann', 'bob@example.com', 'a/b', 'DOMAIN\\ann', 'grün'])(
    'the key of %j is where a dict listener finds it',
    async (user) => {
      await ask('set', '-u', user, at('dovecot'), 'priv/quota/storage', `of ${user}`);
      expect(await ask('get', '-u', user, at('dovecot'), 'priv/quota/storage')).toBe(`of ${user}`);
      expect(await ask('get', '-u', user, `proxy:${path}:quota`, 'priv/quota/storage')).toBe(`of ${user}`);
    },
  );

  test('passes values on as they are, and their time to live', async () => {
    const value = '\x01tab\tline\r\nGrüße $5';
    await ask('set', `${at('dovecot')}:expire_secs=1000`, 'shared/odd', value);
    expect(await behind.get('dovecot/quota/odd')).toBe(value);
    expect(await ask('get', at('dovecot'), 'shared/odd')).toBe(value);
    expect(await behind.ttl('dovecot/quota/odd')).toBeGreaterThan(0);
  });

  test('says the password, and writes nothing without write = true', async () => {
    await behind.set('dovecot/quota/kept', 'v');
    expect(await ask('get', `${at('closed')}:password=secret`, 'shared/kept')).toBe('v');
    expect(await ask('get', `${at('closed')}:password=wrong`, 'shared/kept')).toContain('WRONGPASS');
    expect(await ask('get', at('closed'), 'shared/kept')).toContain('Communication failure');
    await ask('set', `${at('closed')}:password=secret`, 'shared/kept', 'changed');
    await ask('unset', `${at('closed')}:password=secret`, 'shared/kept');
    expect(await behind.get('dovecot/quota/kept')).toBe('v');
  });

  test.skipIf(!requireProgram('redis'))('hears what a real Redis tells it', async () => {
    const dialogue = async (own: string) => {
      const heard: string[] = [];
      const hear = async (...words: readonly string[]) => void heard.push(await ask(...words));
      await hear('get', own, 'shared/twin');
      await hear('unset', own, 'shared/twin');
      await hear('set', own, 'shared/twin', '7');
      await hear('inc', own, 'shared/twin', '7');
      await hear('get', own, 'shared/twin');
      await hear('inc', own, 'shared/none', '1');
      await hear('get', own, 'shared/none');
      await hear('set', own, 'shared/text', 'v');
      await hear('inc', own, 'shared/text', '1');
      await hear('get', own, 'shared/text');
      await hear('set', own, 'shared/empty', '');
      await hear('get', own, 'shared/empty');
      await hear('iter', own, 'shared/');
      return heard;
    };
    const redis = await startRedis();
    try {
      const real = await dialogue(redisAt(redis.port));
      expect(real).toContain('14');
      expect(await dialogue(at('dovecot'))).toEqual(real);
    } finally {
      await redis.stop();
    }
  });
});
