import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { createOutput } from '../../src/cli/terminal.js';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere, runProcess, startProcess } from '../harness/program.js';
import { until } from '../harness/until.js';

/** The commands on one store, against a server that lives longer than they do. */
const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
const env = { LOOKUPD_CONFIG: file };
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ settings: { password: 's3cret' } });
  const [nobody = 0] = await freePorts(1);
  writeFileSync(
    file,
    `
[store.redis]
type = "redis"
url = "redis://:s3cret@127.0.0.1:${server.port}"
[store.prefixed]
type = "redis"
url = "redis://:s3cret@127.0.0.1:${server.port}"
key-prefix = "p:"
[store.down]
type = "redis"
url = "redis://127.0.0.1:${nobody}"
[store.local]
type = "embedded"
[store.local.data]
"a" = "from the file"
`,
    { mode: 0o600 },
  );
});
afterAll(async () => {
  await server.close();
  folder[Symbol.dispose]();
});
beforeEach(() => {
  server.session.run('FLUSHALL');
});

const run = (line: string, options = {}) => runHere(line.split(' '), { env, ...options });
const ask = (line: string) => String(server.session.run(...line.split(' ')));

interface Case {
  /** Commands of Redis before it. */
  readonly given?: readonly string[];
  readonly line: string;
  readonly input?: string;
  readonly code: number;
  readonly pipe: string;
  /** On a terminal: both outputs. */
  readonly people: string;
  readonly json: object;
}

const K = { store: 'redis', key: 'k' };

const CASES: readonly Case[] = [
  { given: ['SET k v'], line: 'get redis k', code: 0, pipe: 'v', people: 'v\n', json: { ...K, value: 'v' } },
  {
    given: ['SETRANGE k 0 '],
    line: 'get redis k',
    code: 1,
    pipe: '',
    people: 'not found\n',
    json: { ...K, error: 'not-found' },
  },
  { line: 'set redis k v', code: 0, pipe: '', people: 'written\n', json: { ...K, written: true } },
  {
    line: 'set redis k - --ttl 90s',
    input: 'from a pipe',
    code: 0,
    pipe: '',
    people: 'written, expires in 1m 30s\n',
    json: { ...K, written: true },
  },
  {
    given: ['SET k v'],
    line: 'set redis k w --if-absent',
    code: 1,
    pipe: '',
    people: 'exists already: nothing was written\n',
    json: { ...K, written: false },
  },
  { given: ['SET k v'], line: 'exists redis k', code: 0, pipe: '', people: 'exists\n', json: { ...K, exists: true } },
  { line: 'exists redis k', code: 1, pipe: '', people: 'does not exist\n', json: { ...K, exists: false } },
  {
    given: ['SET k v'],
    line: 'ttl redis k',
    code: 0,
    pipe: '-1\n',
    people: 'does not expire\n',
    json: { ...K, ttl: null },
  },
  { line: 'ttl redis k', code: 1, pipe: '', people: 'not found\n', json: { ...K, error: 'not-found' } },
  {
    given: ['SET k v'],
    line: 'expire redis k 30m',
    code: 0,
    pipe: '',
    people: 'expires in 30m\n',
    json: { ...K, ttl: 1_800_000 },
  },
  { line: 'expire redis k 30m', code: 1, pipe: '', people: 'not found\n', json: { ...K, error: 'not-found' } },
  {
    given: ['SET k 5'],
    line: 'incr redis k --by -7',
    code: 0,
    pipe: '-2\n',
    people: '-2\n',
    json: { ...K, value: -2 },
  },
  {
    line: 'incr redis k --by 9007199254740993',
    code: 0,
    pipe: '9007199254740993\n',
    people: '9007199254740993\n',
    json: { ...K, value: '9007199254740993' },
  },
  {
    given: ['SET k v'],
    line: 'del redis k other',
    code: 0,
    pipe: '1\n',
    people: 'deleted 1 key\n',
    json: { store: 'redis', deleted: 1 },
  },
  {
    given: ['MSET k* 1 k*b 2 kb 3'],
    line: 'del redis --prefix k*',
    code: 0,
    pipe: '2\n',
    people: 'deleted 2 keys\n',
    json: { store: 'redis', deleted: 2 },
  },
  {
    line: 'del redis k',
    code: 1,
    pipe: '',
    people: 'not found: nothing was deleted\n',
    json: { store: 'redis', deleted: 0 },
  },
];

describe.each(CASES)('lookupd $line', ({ given = [], line, input = '', code, pipe, people, json }) => {
  beforeEach(() => {
    for (const command of given) ask(command);
  });

  it('answers programs', async () => {
    expect(await run(line, { input })).toEqual({ code, out: pipe, err: '' });
  });

  it('answers people', async () => {
    const { out, err, ...ended } = await run(line, { input, isTerminal: true, env: { ...env, NO_COLOR: '1' } });
    expect({ ...ended, shown: out + err }).toEqual({ code, shown: people });
  });

  it('answers in JSON', async () => {
    const { out, ...ended } = await run(`${line} --json`, { input });
    expect(ended).toEqual({ code, err: '' });
    expect(JSON.parse(out)).toEqual(json);
  });
});

describe('what is written', () => {
  it.each<[string, string, string]>([
    ['set redis k v', 'get k', 'v'],
    ['set redis k - --ttl 90s', 'get k', 'from a pipe'],
    ['set prefixed k v', 'get p:k', 'v'],
    ['set redis k -- -x', 'get k', '-x'],
    ['incr redis k', 'get k', '1'],
  ])('%s', async (line, question, answer) => {
    expect((await run(line, { input: 'from a pipe' })).code).toBe(0);
    expect(ask(question)).toBe(answer);
  });

  it('expires when it was said to', async () => {
    await run('set redis a 1 --ttl 90s');
    await run('incr redis b --ttl 90s');
    await run('incr redis b --ttl 200s');
    await run('incr redis c --ttl 90s');
    await run('incr redis c --ttl 200s --refresh-ttl');
    for (const key of ['a', 'b']) expect(Number(ask(`ttl ${key}`))).toBeGreaterThan(80);
    for (const key of ['a', 'b']) expect(Number(ask(`ttl ${key}`))).toBeLessThanOrEqual(90);
    expect(Number(ask('ttl c'))).toBeGreaterThan(90);
  });

  it('goes in and out byte for byte', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const out: Buffer[] = [];
    const quiet = createOutput(false, {}, () => undefined);
    const collecting = createOutput(false, {}, (bytes) => void out.push(Buffer.from(bytes)));
    const terminal = { input: Readable.from([every]), out: collecting, err: quiet, env };
    expect(await runProgram(['set', 'redis', 'bin', '-'], terminal)).toBe(0);
    expect(await runProgram(['get', 'redis', 'bin'], terminal)).toBe(0);
    expect(Buffer.concat(out)).toEqual(every);
    const { out: json } = await run('get redis bin --json');
    expect(JSON.parse(json)).toMatchObject({ value: null, valueBase64: every.toString('base64') });
  });
});

describe('lookupd scan', () => {
  beforeEach(() => {
    ask('mset a:1 x a:2 x b:1 x');
    ask('set a:\u001b[2J\n x');
  });

  it.each<[string, string[]]>([
    ['scan redis a: -0', ['a:\u001b[2J\n', 'a:1', 'a:2']],
    ['scan redis b -0', ['b:1']],
    ['scan redis -0', ['a:\u001b[2J\n', 'a:1', 'a:2', 'b:1']],
  ])('%s', async (line, keys) => {
    const { code, out } = await run(line);
    expect({ code, keys: out.split('\0').slice(0, -1).sort() }).toEqual({ code: 0, keys });
  });

  it('is readable on a terminal, and JSON lines where asked', async () => {
    const { out } = await run('scan redis a:', { isTerminal: true });
    expect(out.split('\n').sort()).toEqual(['', 'a:1', 'a:2', 'a:\\x1b[2J\\n']);
    const { out: json } = await run('scan redis a:1 --json');
    expect(JSON.parse(json)).toEqual({ key: 'a:1' });
  });

  it('stops where it is told to, and finds nothing where there is nothing', async () => {
    const { out } = await run('scan redis --count 2 -0');
    expect(out.split('\0')).toHaveLength(3);
    expect(await run('scan redis zzz')).toEqual({ code: 1, out: '', err: '' });
  });
});

describe('lookupd raw', () => {
  it.each<[string, string, string]>([
    ['set k v', 'OK\n', 'OK\n'],
    ['get nothing', '\n', '(nil)\n'],
    ['append k ab', '2\n', '(integer) 2\n'],
    ['mget nothing -1', '\n\n', '1) (nil)\n2) (nil)\n'],
    ['keys nothing', '', '(empty array)\n'],
    ['echo --json', '--json\n', '"--json"\n'],
  ])('%s', async (command, pipe, people) => {
    expect(await run(`raw redis ${command}`)).toEqual({ code: 0, out: pipe, err: '' });
    server.session.run('FLUSHALL');
    expect(await run(`raw redis ${command}`, { isTerminal: true })).toEqual({ code: 0, out: people, err: '' });
  });

  it('takes its last argument from a pipe, and its own options before the store', async () => {
    expect(await run('raw -x --json redis echo', { input: 'from a pipe' })).toMatchObject({ out: '"from a pipe"\n' });
  });

  it('tells an error reply as the server wrote it, and fails', async () => {
    const { code, out, err } = await run('raw redis nonsense');
    expect({ code, out }).toEqual({ code: 65, out: '' });
    expect(err).toContain("(error) ERR unknown command 'nonsense'");
  });
});

describe('an embedded store', () => {
  it('has the data of the file, and says that changes do not stay', async () => {
    expect(await run('get local a')).toEqual({ code: 0, out: 'from the file', err: '' });
    for (const line of ['set local a b', 'del local a', 'incr local n', 'expire local a 5s', 'raw local set a b']) {
      expect((await run(line)).err).toContain('this change is gone when the command ends');
    }
    expect((await run('raw local get a')).err).toBe('');
  });
});

describe('what cannot be done', () => {
  it.each<[string, number, string | RegExp]>([
    ['get rediss k', 2, 'has no store "rediss": did you mean "redis"?'],
    ['get xyzzy k', 2, 'has no store "xyzzy": it has "redis", "prefixed", "down", "local"'],
    ['get down k', 75, /store "down" at 127\.0\.0\.1:\d+: open: .*ECONNREFUSED/],
    ['set redis k v --ttl soon', 2, '"soon" is no duration'],
    ['expire redis k 0s', 2, '"0s" is no duration'],
    ['incr redis k --by 1.5', 2, 'an amount is an integer'],
    ['incr redis k --by 9223372036854775808', 2, 'an amount has at most 64 bits'],
    ['incr redis k --refresh-ttl', 2, '--refresh-ttl needs a --ttl'],
    ['del redis', 2, 'name either keys or a --prefix'],
    ['del redis k --prefix k', 2, 'name either keys or a --prefix'],
    ['del redis --prefix ', 2, 'the empty prefix deletes every key: add --force'],
    ['scan redis --count 0', 2, 'a count is a whole number from 1'],
    ['set redis k - -c -', 2, 'standard input cannot be the configuration and the data too'],
  ])('%s', async (line, code, message) => {
    const ended = await run(line);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toContain('s3cret');
  });

  it.each<[string, string]>([
    ['incr redis word', 'not an integer'],
    ['incr redis most', 'would overflow'],
    ['get redis list', 'WRONGTYPE'],
    ['raw redis get list', 'WRONGTYPE'],
    ['raw redis incr word', 'not an integer'],
  ])('with the data as it is ends with a code of its own: %s', async (line, message) => {
    ask('set word v');
    ask('set most 9223372036854775807');
    ask('rpush list a');
    const ended = await run(line);
    expect(ended).toMatchObject({ code: 65, out: '' });
    expect(ended.err).toContain(message);
  });
});

describe('in a process of its own', () => {
  it('ends by itself, with its exit code', async () => {
    ask('set k v');
    expect(await runProcess(['get', 'redis', 'k'], { env })).toEqual({ code: 0, out: 'v', err: '' });
    expect(await runProcess(['get', 'redis', 'nothing'], { env })).toEqual({ code: 1, out: '', err: '' });
  });

  it('prints everything into a pipe before it ends', async () => {
    server.session.run('SET', 'large', 'x'.repeat(3_000_000));
    const { out } = await runProcess(['get', 'redis', 'large'], { env });
    expect(out.length).toBe(3_000_000);
  });

  it('is quiet when whoever reads has read enough', async () => {
    for (let i = 0; i < 20_000; i++) server.session.run('SET', `key:${i}`, '');
    const child = startProcess(['scan', 'redis'], { env });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(err).toBe('');
  });

  it('leaves nothing behind that would keep it from ending', async () => {
    for (const line of ['get redis k', 'get down k', 'ping redis', 'scan redis --count 1']) await run(line);
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap');
    await until(() => sockets().length === 0, 'every connection is closed');
  });
});
