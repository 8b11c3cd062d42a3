import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere } from '../harness/program.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisCluster, startCluster } from '../harness/redis.js';
import { until } from '../harness/until.js';

/** `lookupd ping`, `info` and `check --connect`: what answers, what does not, and why. */
const folder = temporaryFolder();
let server: TestServer;
let nobody = 0;

beforeAll(async () => {
  server = await startServer({ settings: { password: 's3cret' } });
  [nobody = 0] = await freePorts(1);
});
afterAll(async () => {
  await server.close();
  folder[Symbol.dispose]();
});

const LOCAL = '[store.local]\ntype = "embedded"\n';
const redis = (id: string, password: string, port: number, more = '') =>
  `[store.${id}]\ntype = "redis"\nurl = "redis://:${password}@127.0.0.1:${port}"\n${more}`;

function configure(...stores: readonly string[]): string {
  const file = folder.file('lookupd.toml');
  writeFileSync(file, stores.join(''), { mode: 0o600 });
  return file;
}

async function run(file: string, ...argv: readonly string[]) {
  const ended = await runHere([...argv, '-c', file]);
  expect(ended.out + ended.err).not.toContain('s3cret');
  return { ...ended, out: ended.out.replace(/ *\d+\.\d\d ms/g, ' <time>') };
}

describe('stores that answer', () => {
  it('are a line each', async () => {
    const file = configure(LOCAL, redis('r', 's3cret', server.port));
    const node = `127.0.0.1:${server.port}`;
    const table = [
      `STORE  NODE${' '.repeat(node.length - 2)}ROLE     STATUS     LATENCY`,
      `local  embedded${' '.repeat(node.length - 6)}primary  reachable <time>`,
      `r      ${node}  primary  reachable <time>`,
      '',
    ].join('\n');
    expect(await run(file, 'ping')).toEqual({ code: 0, out: table, err: '' });
    const connected = `no problems: stores 2, lookups 0, maps 0, listeners 0\n${table}every store answers\n`;
    expect(await run(file, 'check', '--connect')).toEqual({ code: 0, out: connected, err: '' });
  });

  it('tell what they are made of', async () => {
    const file = configure(LOCAL, redis('r', 's3cret', server.port));
    const { code, out } = await run(file, 'info');
    expect(code).toBe(0);
    expect(out).toContain('local: embedded server in this process, in memory\n');
    expect(out).toMatch(
      /r: one server over TCP\nNODE +ROLE +STATUS +LATENCY +QUERIES +ERRORS\n127\.0\.0\.1:\d+ +primary/,
    );
    const { out: json } = await run(file, 'info', 'r', '--json');
    expect(JSON.parse(json)).toMatchObject([
      {
        store: 'r',
        reachable: true,
        kind: 'single',
        transport: 'tcp',
        nodes: [{ role: 'primary', status: 'connected' }],
      },
    ]);
  });
});

describe('stores that do not', () => {
  it.each<[string, () => string, RegExp]>([
    ['nobody listens', () => redis('r', 's3cret', nobody), /127\.0\.0\.1:\d+ .*unreachable .*ECONNREFUSED/],
    ['the password is wrong', () => redis('r', 'wrong', server.port), /unreachable .*WRONGPASS/],
    [
      'it is no cluster',
      () => redis('r', 's3cret', server.port, 'redis-type = "cluster"\n'),
      /primary +reachable.*\nr +- +- +not usable .*no cluster node tells the topology/,
    ],
  ])('because %s say so', async (_, store, reason) => {
    const file = configure(LOCAL, store());
    const pinged = await run(file, 'ping');
    expect(pinged).toMatchObject({ code: 75, err: '' });
    expect(pinged.out).toMatch(reason);
    expect((await run(file, 'ping', 'local')).code).toBe(0);
    const checked = await run(file, 'check', '--connect');
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(reason);
    expect(checked.out).toMatch(/not everything answers: r\n$/);
    const info = await run(file, 'info');
    expect(info.code).toBe(75);
    expect(info.out).toMatch(/^r: not reachable$/m);
  });

  it('are false in JSON', async () => {
    const file = configure(LOCAL, redis('r', 's3cret', nobody));
    const { code, out } = await run(file, 'check', '--connect', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [],
      stores: [
        { store: 'local', reachable: true, nodes: [{ node: 'embedded', status: 'reachable' }] },
        { store: 'r', reachable: false, nodes: [{ status: 'unreachable', latencyMs: null }] },
      ],
    });
  });

  it('are not asked while the configuration has errors', async () => {
    const { code, out } = await run(configure(redis('r', 's3cret', nobody, 'tiemout = "1s"\n')), 'check', '--connect');
    expect(code).toBe(1);
    expect(out).not.toContain('STORE');
  });
});

describe('no store', () => {
  it.each(['ping', 'info'])('%s', async (command) => {
    const file = configure('');
    expect(await run(file, command)).toEqual({ code: 0, out: '', err: `${file} has no store\n` });
  });
});

describe.skipIf(!requireProgram('redis'))('a real cluster', () => {
  let cluster: RedisCluster;
  let file: string;

  beforeAll(async () => {
    cluster = await startCluster();
    const urls = JSON.stringify(cluster.nodes.slice(0, 2).map(({ port }) => `redis://127.0.0.1:${port}`));
    file = configure(`[store.c]\ntype = "redis"\nredis-type = "cluster"\nurls = ${urls}\n`);
  });
  afterAll(() => cluster.stop());

  it('shows every node, its role and its slots', async () => {
    // Nodes call a replica "loading" until it has heard from its primary.
    await until(async () => !(await run(file, 'info')).out.includes('unknown'), 'every node serves');
    const { code, out } = await run(file, 'info');
    expect(code).toBe(0);
    expect(out).toMatch(/^c: cluster over TCP, 16384 of 16384 slots served/);
    for (const [i, { port }] of cluster.nodes.entries()) {
      expect(out).toMatch(new RegExp(`:${port} +${i < 3 ? 'primary +connected +546\\d' : 'replica +connected +0'} `));
    }
  });

  it('takes writes, reads and scans wherever the keys live', async () => {
    for (const key of ['a', 'b', 'c']) expect((await run(file, 'set', 'c', key, `value of ${key}`)).code).toBe(0);
    expect((await run(file, 'scan', 'c')).out.split('\n').sort()).toEqual(['', 'a', 'b', 'c']);
    expect((await run(file, 'get', 'c', 'b')).out).toBe('value of b');
    expect((await run(file, 'del', 'c', '--prefix', '', '--force')).out).toBe('3\n');
  });

  it('is told of when one of its nodes was taken for a server', async () => {
    const primary = cluster.nodes[0]!;
    const single = folder.file('single.toml');
    writeFileSync(single, `${redis('one', '', primary.port)}[map.m]\nstore = "one"\n`);
    const hint = 'this is a node of a cluster, which has a part of the keys: redis-type = "cluster"';
    for (const [command, code] of [
      [['ping'], 0],
      [['check', '--connect'], 0],
      [['info'], 0],
    ] as const) {
      const ended = await run(single, ...command);
      expect(ended.code).toBe(code);
      expect(ended.out).toContain(`warning: store "one": ${hint}\n`);
    }
    expect(JSON.parse((await run(single, 'ping', '--json')).out)).toMatchObject([{ store: 'one', hint }]);
    expect(await run(single, 'get', 'one', 'foo')).toEqual({
      code: 75,
      out: '',
      err:
        `lookupd: store "one" at 127.0.0.1:${primary.port}: get: MOVED 12182 127.0.0.1:${cluster.nodes[2]!.port} ` +
        '(this is a node of a cluster: redis-type = "cluster")\n',
    });
    expect((await run(single, 'query', 'm', 'foo', 'bar')).err).toMatch(/redis-type = "cluster"/);
  });

  it('tells the one node that is down', async () => {
    await cluster.nodes[5]!.kill();
    const { code, out } = await run(file, 'ping');
    expect(code).toBe(75);
    expect(out).toMatch(new RegExp(`:${cluster.nodes[5]!.port} +\\S+ +unreachable`));
    expect(out).toMatch(new RegExp(`:${cluster.nodes[0]!.port} +primary +reachable`));
  });
});
