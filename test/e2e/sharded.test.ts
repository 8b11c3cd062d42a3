import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { runHere } from '../harness/program.js';
import { Wire } from '../harness/wire.js';

/** Stores of type `sharded-in-memory` in the program and in the daemon. */
const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
let servers: TestServer[];

beforeAll(async () => {
  servers = await Promise.all([startServer(), startServer()]);
  const shards = servers.map(({ port }, i) => `[store.s${i}]\ntype = "redis"\nurl = "redis://127.0.0.1:${port}"\n`);
  writeFileSync(
    file,
    `[store.all]\ntype = "sharded-in-memory"\nstores = ["s0", "s1"]\n${shards.join('')}[map.m]\nstore = "all"\nkey = "k:%s"\n`,
  );
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  folder[Symbol.dispose]();
});

const run = (...argv: string[]) => runHere([argv[0] as string, '-c', file, ...argv.slice(1)]);

it('the program reaches them through their servers', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `user${i} ${i}\n`);
  writeFileSync(folder.file('list'), lines.join(''));
  expect(await run('import', 'm', folder.file('list'))).toMatchObject({ code: 0 });
  const sizes = servers.map((server) => Number(server.session.run('DBSIZE')));
  expect(Math.min(...sizes)).toBeGreaterThan(5);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(40);
  expect(await run('get', 'all', 'k:user7')).toMatchObject({ code: 0, out: '7' });
  expect(await run('query', 'm', 'user9')).toMatchObject({ code: 0, out: '9\n' });
  expect((await run('export', 'm', '-')).out.split('\n').sort()).toEqual(
    ['', ...lines.map((line) => line.trim().replace(' ', '\t'))].sort(),
  );
  expect((await run('ping', 'all')).out.match(/reachable/g)).toHaveLength(2);
  expect(await run('check', '--connect')).toMatchObject({ code: 0 });
});

it('the daemon composes them anew when one of them changes', async () => {
  const toml = (more = '') => `[store.all]
type = "sharded-in-memory"
stores = ["a", "b"]
[store.a]
type = "embedded"
[store.b]
type = "embedded"
${more}
[map.m]
store = "all"
[server.listener.s]
protocol = "socketmap"
bind = "127.0.0.1:0"
`;
  const daemon = await TestDaemon.start(toml());
  const ask = async (key: string) => {
    const wire = await Wire.connect(daemon.address('s'));
    wire.send(`${key.length + 2}:m ${key},`);
    const reply = (await wire.readUntil(',')).toString();
    wire.close();
    return reply;
  };
  const put = () => {
    for (const id of ['a', 'b'])
      for (const key of ['1', '2', '3', '4']) daemon.store(id).values.set(key, Buffer.from(id));
  };
  put();
  const before = await Promise.all(['1', '2', '3', '4'].map(ask));
  expect(new Set(before)).toEqual(new Set(['4:OK a,', '4:OK b,']));
  await daemon.reload(toml('timeout = "3s"'));
  put();
  expect(await Promise.all(['1', '2', '3', '4'].map(ask))).toEqual(before);
  await daemon.reload(toml('timeout = "3s"'));
  expect(await Promise.all(['1', '2', '3', '4'].map(ask))).toEqual(before);
  await daemon.stop();
});
