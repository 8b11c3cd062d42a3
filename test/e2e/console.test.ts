import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { VerbatimText } from '../../src/resp/reply.js';
import { openStores } from '../../src/stores/factory.js';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere } from '../harness/program.js';
import { executable, requireProgram } from '../harness/programs.js';
import { startCluster } from '../harness/redis.js';
import { until } from '../harness/until.js';

/** The console from a pipe, on a cluster, and at a terminal that util-linux's `script` makes. */
const SCRIPT = executable('script');
const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
const env = { LOOKUPD_CONFIG: file };
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  writeFileSync(
    file,
    `
[store.redis]
type = "redis"
url = "redis://127.0.0.1:${server.port}"
[store.resp2]
type = "redis"
url = "redis://127.0.0.1:${server.port}"
protocol-version = "resp2"
[store.local]
type = "embedded"
[store.local.data]
"a" = "from the file"
[store.both]
type = "sharded-in-memory"
stores = ["redis", "local"]
`,
  );
});
afterAll(async () => {
  await server.close();
  folder[Symbol.dispose]();
});
beforeEach(() => {
  server.session.run('FLUSHALL');
});

const batch = (store: string, input: string, ...options: string[]) =>
  runHere(['console', store, ...options], { env, input });

describe('from a pipe', () => {
  it.each(['redis', 'resp2', 'local'])('runs a command a line on %s, a transaction among them', async (store) => {
    const input = 'set k "two\nlines"\nget k\n\nmulti\nincr n\nincr n\nexec\nselect 1\nget k\nquit\nset k no\n';
    const out = 'OK\ntwo\nlines\nOK\nQUEUED\nQUEUED\n1\n2\nOK\n\n';
    expect(await batch(store, input)).toEqual({ code: 0, out, err: '' });
  });

  it('keeps what an embedded store with a path has, and asks the daemon that has its folder', async () => {
    const [port] = (await freePorts(1)) as [number];
    const path = folder.file('kept.toml');
    const toml = `[store.kept]\ntype = "embedded"\npath = "kept"\nlisten = "127.0.0.1:${port}"\n[store.kept.data]\n"a" = "from the file"\n`;
    writeFileSync(path, toml);
    const kept = (input: string) => runHere(['console', 'kept'], { env: { LOOKUPD_CONFIG: path }, input });
    expect(await kept('get a\nset a changed\n')).toEqual({ code: 0, out: 'from the file\nOK\n', err: '' });
    expect(await kept('get a\n')).toEqual({ code: 0, out: 'changed\n', err: '' });

    await using stores = await openStores(loadConfig(path));
    await stores.get('kept')!.set('b', 'of the daemon');
    expect(await kept('get b\nset a again\n')).toEqual({ code: 0, out: 'of the daemon\nOK\n', err: '' });
    expect(await stores.get('kept')!.getText('a')).toBe('again');
  });

  it('goes on after an error reply, and ends with its code', async () => {
    const { code, out, err } = await batch('redis', 'set k v\nlpush k 1\nget k\n');
    expect({ code, out }).toEqual({ code: 65, out: 'OK\nv\n' });
    expect(err).toBe('(error) WRONGTYPE Operation against a key holding the wrong kind of value\n');
  });

  it.each(['redis', 'resp2', 'local'])('hears what is published on %s, until it is told to stop', async (store) => {
    const { code, out } = await batch(store, 'subscribe a b\nunsubscribe\nping\n', '--json');
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      ['subscribe', 'a', 1],
      ['subscribe', 'b', 2],
      ['unsubscribe', expect.any(String), 1],
      ['unsubscribe', expect.any(String), 0],
      'PONG',
    ]);
  });

  it('stops when the connection is lost, since what follows may belong to a transaction', async () => {
    const lost = await batch('redis', 'set k 3\nclient kill type normal skipme no\nset k 4\n');
    expect(lost.code).toBe(75);
    expect(server.session.run('GET', 'k')).toEqual(Buffer.from('3'));
  });

  it.each<[string, string, number, string]>([
    ['redis', 'get "a"b\n', 2, 'line 1: a closing quote'],
    ['redis', 'get "a\nb\n', 2, 'ends within quotes'],
    ['both', '', 2, 'name one of redis, local'],
    ['nobody', '', 2, 'has no store "nobody"'],
  ])('refuses on %s %j', async (store, input, code, message) => {
    const ended = await batch(store, input);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toContain(message);
  });

  it('asks which store, where there are several', async () => {
    expect((await runHere(['console'], { env })).err).toContain(
      'has several stores, name one: redis, resp2, local, both',
    );
  });
});

describe.skipIf(!requireProgram('redis'))('on a cluster', () => {
  it('goes where the keys are', async () => {
    const cluster = await startCluster();
    try {
      const toml = `[store.c]\ntype = "redis"\nredis-type = "cluster"\nurls = ["redis://127.0.0.1:${cluster.nodes[0]!.port}"]\n`;
      const path = folder.file('cluster.toml');
      writeFileSync(path, toml);
      const keys = Array.from({ length: 20 }, (_, i) => `key${i}`);
      const input = keys.map((key, i) => `set ${key} ${i}\nget ${key}\n`).join('');
      const ended = await runHere(['console', 'c'], { env: { LOOKUPD_CONFIG: path }, input });
      expect(ended).toEqual({ code: 0, out: keys.map((_, i) => `OK\n${i}\n`).join(''), err: '' });
    } finally {
      await cluster.stop();
    }
  });
});

/** The program at a terminal of its own, from its sources. */
class Seen {
  readonly #child;
  text = '';

  constructor(state: string) {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const command = `"${process.execPath}" --import tsx "${main}" console redis`;
    this.#child = spawn(SCRIPT!, ['-qefc', command, '/dev/null'], {
      env: { ...process.env, ...env, XDG_STATE_HOME: state, TERM: 'xterm', NO_COLOR: '1' },
    });
    this.#child.stdout.on('data', (chunk: Buffer) => void (this.text += chunk.toString()));
  }

  /** Types, and waits until the text is seen behind what was seen before. */
  async type(keys: string, expected: string): Promise<void> {
    const from = this.text.length;
    this.#child.stdin.write(keys);
    await until(() => this.text.slice(from).includes(expected), `${JSON.stringify(keys)} shows ${expected}`);
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

describe.skipIf(SCRIPT === undefined)('at a terminal', () => {
  it('edits, completes, helps, remembers and listens', async () => {
    const state = folder.file('state');
    const seen = new Seen(state);
    await seen.type('', 'redis> ');
    await seen.type('set k 1\r', 'OK');
    await seen.type('config get maxmemory-p', 'maxmemory-p');
    await seen.type('\t', 'olicy');
    await seen.type('\r', '"noeviction"');
    await seen.type('expire ', 'expire');
    await seen.type('\t', 'EXPIRE key seconds [NX | XX | GT | LT]');
    await seen.type('\x03', '^C');
    await seen.type('help expire\r', "summary: Set a key's time to live in seconds");
    await seen.type('multi\r', 'redis(TX)> ');
    await seen.type('incr k\r', 'QUEUED');
    await seen.type('exec\r', '1) (integer) 2');
    await seen.type('set m "one\r', '... ');
    await seen.type('two"\r', 'OK');
    await seen.type('auth s3cret\r', '(error)');
    await seen.type('blpop nothing 0\r', 'blpop nothing 0');
    await until(
      () => (server.session.run('INFO', 'clients') as VerbatimText).text.includes('blocked_clients:1'),
      'it waits',
    );
    await seen.type('\x03', 'given up');
    await seen.type('subscribe news\r', 'redis(subscribed mode)> ');
    server.session.run('PUBLISH', 'news', 'hello');
    await seen.type('', '3) "hello"');
    await seen.type('\x03', 'redis> ');
    await seen.type('select 2\r', 'redis[2]> ');
    await seen.type('\x1b[A\x1b[A\x1b[A', 'blpop nothing 0');
    await seen.type('\x03', 'redis[2]> ');
    await seen.type('\x04', '\n');
    expect(await seen.ended()).toBe(0);
    const history = readFileSync(`${state}/lookupd/console-history`, 'utf8');
    expect(history).toContain('set m "one\\ntwo"\n');
    expect(history).not.toContain('s3cret');
  });

  it('has the history of the last time', async () => {
    const state = folder.file('state');
    expect(existsSync(state)).toBe(true);
    const seen = new Seen(state);
    await seen.type('', 'redis> ');
    await seen.type('\x1b[A', 'select 2');
    await seen.type('\x03', '^C');
    await seen.type('quit\r', 'quit');
    expect(await seen.ended()).toBe(0);
  });
});
