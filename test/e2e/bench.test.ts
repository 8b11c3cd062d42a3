import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { openStores } from '../../src/stores/factory.js';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere } from '../harness/program.js';

const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
const env = { LOOKUPD_CONFIG: file };
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  server.session.run('SET', 'theirs', 'v');
  const redis = `type = "redis"\nurl = "redis://127.0.0.1:${server.port}"`;
  writeFileSync(file, `[store.redis]\n${redis}\n[store.local]\ntype = "embedded"\n`);
});
afterAll(async () => {
  await server.close();
  folder[Symbol.dispose]();
});

const bench = (line: string) => runHere(['bench', ...line.split(' ')], { env });

describe('lookupd bench', () => {
  it('measures every test on both stores, says what it does, and leaves nothing behind', async () => {
    const { code, out, err } = await bench('redis local -n 200 --keys 20 --concurrency 7 --yes --json');
    expect(code).toBe(0);
    expect(err).toMatch(/on "redis" and "local": writes 20 keys lookupd-bench:[0-9a-f]{12}:… of 100 bytes/);
    const results = JSON.parse(out) as { test: string; store: string; requests: number; errors: number }[];
    const tests = ['set', 'get', 'miss', 'exists', 'increment'];
    expect(results.map(({ test, store }) => [test, store])).toEqual(
      tests.flatMap((test) => [
        [test, 'redis'],
        [test, 'local'],
      ]),
    );
    for (const { requests, errors } of results) expect({ requests, errors }).toEqual({ requests: 200, errors: 0 });
    expect(server.session.run('DBSIZE')).toBe(1);
  });

  it('asks the daemon that has the folder of an embedded store', async () => {
    const [port] = (await freePorts(1)) as [number];
    const path = folder.file('kept.toml');
    writeFileSync(path, `[store.kept]\ntype = "embedded"\npath = "kept"\nlisten = "127.0.0.1:${port}"\n`);
    await using _ = await openStores(loadConfig(path));
    const { code, err } = await bench(`kept -c ${path} --tests get -n 20 -k 5 --yes`);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('on "kept"') });
  });

  it('prints a line per test, with the ratio of two stores', async () => {
    const { out } = await bench('redis local --tests get,set -n 50 -k 5 --yes');
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^TEST +STORE +REQUESTS +PER SECOND +MIN +MEAN +P50 +P95 +P99 +MAX +ERRORS +RATIO$/);
    expect(lines.slice(1).map((line) => line.split(/ +/).slice(0, 3))).toEqual([
      ['set', 'redis', '50'],
      ['set', 'local', '50'],
      ['get', 'redis', '50'],
      ['get', 'local', '50'],
    ]);
  });

  it.each<[string, string]>([
    ['redis -n 10', 'add --yes'],
    ['redis --tests get,nonsense --yes', 'there is no test "nonsense"'],
    ['redis --concurrency 0 --yes', 'no whole number from 1'],
    ['nobody --yes', 'has no store "nobody"'],
  ])('refuses %s, and writes nothing', async (line, message) => {
    const { code, err } = await bench(line);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(server.session.run('DBSIZE')).toBe(1);
  });

  it('counts what fails, tells the first failure, and ends with 75', async () => {
    server.session.run('CONFIG', 'SET', 'maxmemory', '1');
    const { code, err } = await bench('redis --tests set -n 20 -k 5 --yes').finally(() =>
      server.session.run('CONFIG', 'SET', 'maxmemory', '0'),
    );
    expect(code).toBe(75);
    expect(err).toContain('OOM command not allowed');
  });
});
