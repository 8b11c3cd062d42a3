import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere, startProcess } from '../harness/program.js';
import { executable, requireProgram } from '../harness/programs.js';
import { until } from '../harness/until.js';

/** `lookupd import` and `lookupd export`, against a server that lives longer than they do. */
const folder = temporaryFolder();
const file = (name: string) => folder.file(name);
const env = { LOOKUPD_CONFIG: file('lookupd.toml') };
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  const [nobody = 0] = await freePorts(1);
  writeFileSync(
    file('lookupd.toml'),
    `[store.redis]
type = "redis"
url = "redis://127.0.0.1:${server.port}"
[store.prefixed]
type = "redis"
url = "redis://127.0.0.1:${server.port}"
key-prefix = "p:"
[store.down]
type = "redis"
url = "redis://127.0.0.1:${nobody}"
retry.total = 0
[store.local]
type = "embedded"
[lookup.list]
a = 1
[map.aliases]
store = "redis"
key = "alias:%s!"
fold-case = true
[map.hash]
store = "prefixed"
operation = "hget"
key = "users"
field = "u:%s"
[map.set]
store = "prefixed"
operation = "member"
key = "domains"
[map.flags]
store = ["down", "redis"]
operation = "exists"
key = "flag:%s"
[map.domains]
store = "redis"
key = "domain:%d"
[map.lists]
lookup = "list"
[map.local]
store = "local"
`,
  );
});

beforeEach(() => void server.session.run('FLUSHALL'));

afterAll(async () => {
  await server.close();
  folder[Symbol.dispose]();
});

const run = (...argv: string[]) => runHere(argv, { env });
const text = (...words: string[]) => String(server.session.run(...(words as [string, ...string[]])));
const size = () => Number(server.session.run('DBSIZE'));

function write(name: string, contents: string | Buffer): string {
  writeFileSync(file(name), contents);
  return file(name);
}

const sorted = (contents: string) => contents.trimEnd().split('\n').sort();

describe('there and back', () => {
  it('a Postfix text', async () => {
    const source = write('virtual', '# c\nAnn@Example.com  ann,\n  bob\n"a b"@x v\n@example.org all@example.net\n');
    expect(await run('import', 'aliases', source)).toEqual({ code: 0, out: 'imported 3 entries\n', err: '' });
    expect(text('GET', 'alias:ann@example.com!')).toBe('ann,  bob');
    expect(await run('query', 'aliases', 'ANN@example.com')).toMatchObject({ out: 'ann,  bob\n' });
    const { code, out } = await run('export', 'aliases', '-');
    expect(code).toBe(0);
    expect(sorted(out)).toEqual(['"a b"@x\tv', '@example.org\tall@example.net', 'ann@example.com\tann,  bob']);
  });

  it('a CSV, with a heading', async () => {
    const source = write('users.csv', 'key;value\n"a;b";"say ""hi""\nthere"\nc;d\n');
    const imported = await run('import', 'aliases', source, '--separator', ';', '--skip-first');
    expect(imported).toEqual({ code: 0, out: 'imported 2 entries\n', err: '' });
    expect(text('GET', 'alias:a;b!')).toBe('say "hi"\nthere');
    expect(await run('export', 'aliases', file('out.csv'))).toMatchObject({ code: 0, out: 'exported 2 entries\n' });
    server.session.run('FLUSHALL');
    await run('import', 'aliases', file('out.csv'));
    expect(text('GET', 'alias:a;b!')).toBe('say "hi"\nthere');
  });

  it('any bytes as JSON lines', async () => {
    const key = Buffer.from([0x61, 0xff, 0x00, 0x0a]);
    server.session.run('SET', Buffer.concat([Buffer.from('flag:'), key]), 'x');
    server.session.run('SET', 'alias:\u00e4!', Buffer.from([0xfe, 0x0d]));
    expect(await run('export', 'aliases', file('out.jsonl'))).toMatchObject({ code: 0, out: 'exported 1 entry\n' });
    expect(readFileSync(file('out.jsonl'), 'utf8')).toBe('{"key":"\u00e4","value":null,"valueBase64":"/g0="}\n');
    server.session.run('FLUSHALL');
    await run('import', 'aliases', file('out.jsonl'));
    expect(server.session.run('GET', 'alias:\u00e4!')).toEqual(Buffer.from([0xfe, 0x0d]));
  });

  it.each([
    ['hash', 'HGET p:users u:ann', '1', 'ann\t1\nbob\t2\n'],
    ['set', 'SISMEMBER p:domains ann', '1', 'ann\t1\nbob\t1\n'],
  ])('a map over one %s', async (map, command, stored, exported) => {
    const source = write('source', 'ann 1\nbob 2\n');
    expect(await run('import', map, source)).toMatchObject({ code: 0 });
    expect(text(...command.split(' '))).toBe(stored);
    const { out } = await run('export', map, '-');
    expect(sorted(out)).toEqual(sorted(exported));
  });

  it('keys that expire, of the store that is named', async () => {
    const source = write('source', 'a 1\n');
    expect(await run('import', 'flags', source, '--store', 'redis', '--ttl', '1h')).toMatchObject({ code: 0 });
    expect(Number(text('TTL', 'flag:a'))).toBeGreaterThan(3_500);
    expect(await run('export', 'flags', '-', '--store', 'redis')).toMatchObject({ code: 0, out: 'a\t1\n' });
  });

  it('standard input', async () => {
    const input = 'a 1\nb 2';
    expect(await runHere(['import', 'aliases', '-', '--json'], { env, input })).toEqual({
      code: 0,
      out: '{"map":"aliases","imported":2,"wrong":0,"complete":true,"from":1}\n',
      err: '',
    });
  });

  it.skipIf(!requireProgram('postfix'))('what postmap has made of a text', async () => {
    const source = write(
      'table',
      'Ann@Example.com  one,\n  two\n"a b"@x v\nkey\\ x y\n\u00e4 \u00f6\nback\\\\slash z\n',
    );
    const postmap = executable('postmap') as string;
    execFileSync(postmap, [`hash:${source}`], { stdio: 'pipe' });
    const dump = execFileSync(postmap, ['-s', `hash:${source}`], { encoding: 'utf8' });
    expect(await run('import', 'aliases', write('dump', dump))).toMatchObject({ code: 0, out: 'imported 5 entries\n' });
    const { out } = await run('export', 'aliases', '-');
    expect(sorted(out)).toEqual(sorted(dump));
  });
});

describe('what is wrong', () => {
  it('stops the import with its place, after what stands before it', async () => {
    const source = write('source', 'a 1\n\nwrong\nb 2\n');
    expect(await run('import', 'aliases', source)).toEqual({
      code: 65,
      out: 'imported 1 entry, 1 line wrong\n',
      err: `${source}:3:6: error: expected a key, white space and a value\n    wrong\n         ^\n`,
    });
    expect(size()).toBe(1);
    write('source', 'a 1\n\nright 1\nb 2\n');
    expect(await run('import', 'aliases', source, '--resume')).toMatchObject({ code: 0, out: 'imported 3 entries\n' });
    expect(existsSync(`${source}.import-progress`)).toBe(false);
  });

  it('is left out when it is told so', async () => {
    const source = write('source', `a 1\n${'wrong\n'.repeat(30)}b 2\n`);
    const { code, out, err } = await run('import', 'aliases', source, '--skip-wrong');
    expect([code, out]).toEqual([1, 'imported 2 entries, 30 lines wrong\n']);
    expect(err.match(/error:/g)).toHaveLength(20);
    expect(err).toContain('more wrong lines are counted and not shown');
  });

  it('is a key that the map would never look for', async () => {
    const source = write('source', 'a@example.com 1\nnodomain 2\n');
    const { code, err } = await run('import', 'domains', source);
    expect(code).toBe(65);
    expect(err).toContain(`${source}:2:1: error: the map would never look for this key`);
    expect(text('GET', 'domain:example.com')).toBe('1');
  });

  it('is left out of an export, and told', async () => {
    server.session.run('SET', 'alias:a!', 'line\nend');
    server.session.run('SET', 'alias:b!', '');
    server.session.run('SET', 'alias:c!', 'fine');
    server.session.run('RPUSH', 'alias:d!', 'list');
    server.session.run('SET', 'alias:e', 'no suffix');
    const { code, out, err } = await run('export', 'aliases', '-');
    expect([code, out]).toEqual([1, 'c\tfine\n']);
    expect(sorted(err)).toEqual([
      'lookupd: left out a: the format postfix cannot say it',
      'lookupd: left out b: the format postfix cannot say it',
      'lookupd: left out d: it holds another type',
    ]);
  });

  it.each<[string[], number, RegExp]>([
    [['import', 'aliases', 'gone'], 75, /^lookupd: cannot read gone: there is no such file$/m],
    [['import', 'lists', '-'], 2, /map "lists" has no store: its lists are changed where they are/],
    [['import', 'aliases', '-', '--store', 'down'], 2, /map "aliases" has no store "down": it has redis/],
    [['import', 'nothing', '-'], 2, /has no map "nothing"/],
    [['import', 'hash', '-', '--ttl', '1h'], 2, /--ttl is for whole keys/],
    [['import', 'aliases', '-', '--resume'], 2, /standard input cannot be resumed/],
    [['import', 'aliases', '-', '--separator', 'ab'], 2, /a separator is one character/],
    [['import', 'flags', '-'], 75, /store "down"/],
    [['export', 'flags', '-'], 75, /store "down"/],
    [['export', 'domains', '-'], 2, /only one with a single %s can be read backwards/],
    [['export', 'aliases', '/nowhere/file'], 75, /ENOENT/],
  ])('%j ends with %i', async (argv, code, message) => {
    server.session.run('SET', 'alias:a!', '1');
    const ended = await runHere(argv, { env, input: 'a 1\n' });
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(code);
  });

  it('leaves the file that is there when an export fails', async () => {
    const target = write('kept', 'old\n');
    expect(await run('export', 'flags', target)).toMatchObject({ code: 75 });
    expect(readFileSync(target, 'utf8')).toBe('old\n');
    expect(existsSync(`${target}.new`)).toBe(false);
  });

  it('is that an embedded store forgets', async () => {
    const { code, err } = await run('import', 'local', write('source', 'a 1\n'));
    expect(code).toBe(0);
    expect(err).toContain('this change is gone when the command ends');
  });
});

describe('an interruption', () => {
  const ENTRIES = 300_000;

  it('ends between two batches, and --resume goes on from there', async () => {
    const lines = Array.from({ length: ENTRIES }, (_, i) => `user${i}@example.com mailbox${i}\n`);
    const source = write('large', lines.join(''));
    const child = startProcess(['import', 'aliases', source], { env });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (said += chunk));
    await until(() => size() > 5_000, 'some are written');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(said).toMatch(/interrupted before line \d+: run it again with --resume/);
    expect(code).toBe(75);
    const written = size();
    expect(written).toBeLessThan(ENTRIES);
    expect(existsSync(`${source}.import-progress`)).toBe(true);

    const { code: again, out } = await run('import', 'aliases', source, '--resume', '--json');
    expect(again).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ imported: ENTRIES - written, from: written + 1, complete: true });
    expect(size()).toBe(ENTRIES);
    expect(existsSync(`${source}.import-progress`)).toBe(false);
    rmSync(source);
  });

  it('tells on a terminal how far it has come', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `user${i}@example.com mailbox${i}\n`);
    const source = write('some', lines.join(''));
    const { err } = await runHere(['import', 'aliases', source], { env, isTerminal: true });
    expect(err).toMatch(/^\r.*importing 1,000 {2}\d+% {2}[\d,]+\/s/);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });
});
