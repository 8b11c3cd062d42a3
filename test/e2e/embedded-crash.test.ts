import { expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { ask } from '../harness/redis.js';
import { ServeProcess } from '../harness/serve-process.js';

it('a daemon that is killed has the data of its embedded store again, and its folder', async () => {
  using folder = temporaryFolder();
  const [port = 0, http = 0] = await freePorts(2);
  const toml = `[store.local]
type = "embedded"
path = ${JSON.stringify(folder.file('data'))}
listen = "127.0.0.1:${port}"

[map.alias]
store = "local"
key = "alias:%s"

[server.listener.http]
protocol = "http"
bind = "127.0.0.1:${http}"
`;
  const look = async () => await (await fetch(`http://127.0.0.1:${http}/lookup/alias/info`)).text();
  await using first = new ServeProcess(folder.file('lookupd.toml'), toml);
  await first.ready();
  const keys = Array.from({ length: 500 }, (_, i) => ['SET', `key:${i}`, String(i)]);
  await ask(port, [['SET', 'alias:info', 'anna@example.org'], ...keys]);
  const before = await look();
  expect(before).toContain('anna@example.org');
  // SIGKILL.
  await first[Symbol.asyncDispose]();
  await using second = new ServeProcess(folder.file('lookupd.toml'), toml);
  await second.ready();
  expect(await look()).toBe(before);
  expect((await ask(port, [['DBSIZE'], ['GET', 'key:499']])).map(String)).toEqual(['501', '499']);
});
