import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { Postmap } from '../harness/postmap.js';
import { requireProgram } from '../harness/programs.js';
import { inStep, type RedisCluster, type RedisServer, startCluster, startRedis } from '../harness/redis.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';

/** What a mail administrator does: a store in TOML, and Postfix gets its answers, whatever stands behind. */

const ALIASES = { 'info@example.com': 'ann@example.com', '@example.net': 'bob@example.com' };

function config(store: string, port: number): string {
  return `
[store.mail]
${store}
[map.aliases]
store = "mail"
key = "alias:%s"
expand = ["full", "no-extension", "domain"]
fold-case = true
[server.listener.postfix]
protocol = "socketmap"
bind = "127.0.0.1:${port}"
`;
}

const programs = requireProgram('redis') && requireProgram('postfix');

describe.skipIf(!programs)('postmap asks the daemon', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let postmap: Postmap;

  beforeAll(() => {
    folder = temporaryFolder();
    postmap = new Postmap();
  });
  afterAll(() => {
    postmap.remove();
    folder[Symbol.dispose]();
  });

  async function answers(store: string): Promise<void> {
    const [port = 0] = await freePorts(1);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(store, port));
    await daemon.ready();
    const table = `socketmap:inet:127.0.0.1:${port}:aliases`;
    const keys = ['info@example.com', 'Info+x@Example.com', 'anybody@example.net', 'nobody@example.com'];
    const { stdout, stderr } = await postmap.queryMany(table, keys);
    expect(stderr).toBe('');
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'Info+x@Example.com\tann@example.com',
      'anybody@example.net\tbob@example.com',
      'info@example.com\tann@example.com',
    ]);
  }

  test('an embedded store', async () => {
    const data = Object.entries(ALIASES).map(([key, value]) => `"alias:${key}" = "${value}"`);
    await answers(`type = "embedded"\n[store.mail.data]\n${data.join('\n')}`);
  });

  test('a real Redis', async () => {
    const redis = await startRedis();
    try {
      for (const [key, value] of Object.entries(ALIASES)) await redis.command('SET', `alias:${key}`, value);
      await answers(`type = "redis"\nredis-type = "single"\nurl = "redis://127.0.0.1:${redis.port}"`);
    } finally {
      await redis.stop();
    }
  });

  describe('a cluster of three primaries', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startCluster();
    });
    afterAll(async () => {
      await cluster.stop();
    });

    const seeds = () => cluster.nodes.slice(0, 3).map((node) => `"redis://127.0.0.1:${node.port}"`);
    const store = () => `type = "redis"\nredis-type = "cluster"\nurls = [${seeds().join(', ')}]\ntimeout = "1s"`;

    async function put(key: string, value: string): Promise<RedisServer> {
      const owner = await cluster.primaryOf(slotOf(Buffer.from(key)));
      await owner.command('SET', key, value);
      return owner;
    }

    test('answers', async () => {
      for (const [key, value] of Object.entries(ALIASES)) await put(`alias:${key}`, value);
      await answers(store());
    });

    test('loses a primary under a loop of lookups: never a wrong answer, and it comes back by itself', async () => {
      const key = 'alias:survivor@example.com';
      // The replica that takes over must have it.
      await inStep(await put(key, 'here'), 1);
      const [port = 0] = await freePorts(1);
      await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(store(), port));
      await daemon.ready();
      const table = `socketmap:inet:127.0.0.1:${port}:aliases`;
      const seen = { found: 0, temporary: 0, wrong: [] as unknown[] };
      const ask = async (): Promise<boolean> => {
        const result = await postmap.query(table, 'survivor@example.com');
        const found = result.stdout === 'here\n';
        if (found) seen.found++;
        // A miss would be status 1 with nothing on stderr.
        else if (result.status === 1 && result.stderr !== '' && result.stdout === '') seen.temporary++;
        else seen.wrong.push(result);
        return found;
      };
      expect(await ask()).toBe(true);

      const victim = await cluster.primaryOf(slotOf(Buffer.from(key)));
      await victim.kill();
      const witness = cluster.nodes.findIndex((node) => node !== victim);
      const promoted = async () => (await cluster.primaryOf(slotOf(Buffer.from(key)), witness)) !== victim;
      for (let up = false; !up; up = await promoted()) await ask();
      const before = seen.found;
      await until(async () => (await ask()) && seen.found > before + 5, 'the daemon finds the key on the new primary');
      expect(seen.wrong).toEqual([]);
      await victim.restart();
    });
  });
});
