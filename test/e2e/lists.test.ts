import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { ListServer, sends } from '../harness/list-server.js';
import { runHere } from '../harness/program.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';

/** Lists as an administrator meets them: the program, the daemon, its health. */
let folder: ReturnType<typeof temporaryFolder>;
let server: ListServer;

beforeEach(async () => {
  folder = temporaryFolder();
  server = await ListServer.start(sends('spam.example\n'));
});

afterEach(() => {
  server.close();
  folder[Symbol.dispose]();
});

function configure(text = 'ann@example.com ann\n'): string {
  writeFileSync(folder.file('virtual'), text);
  const toml = `[file-lookup.virtual]
path = "virtual"
[http-lookup.spam]
url = "http://127.0.0.1:${server.port}/"
format = "list"
retry = "50ms"
[map.aliases]
lookup = ["virtual", "spam"]
[server.listener.admin]
protocol = "http"
bind = "127.0.0.1:0"
serve = ["health", "metrics", "lookup"]
`;
  const file = folder.file('lookupd.toml');
  writeFileSync(file, toml);
  return file;
}

describe('lookupd check', () => {
  it('tells the lines of a list that are wrong, with their places', async () => {
    const file = configure('ann@example.com ann\n  more\nann@example.com again\nb\u00e4d x\nbob\n"open x\n');
    const path = folder.file('virtual');
    expect(await runHere(['check', '-c', file])).toEqual({
      code: 1,
      out: [
        `${path}:5:4: error: expected a key, white space and a value`,
        '    bob',
        '       ^',
        `${path}:6:1: error: a quote is not closed`,
        '    "open x',
        '    ^',
        `${path}:3:1: warning: the key stood there before: that one is found`,
        '    ann@example.com again',
        '    ^',
        '2 errors, 1 warning\n',
      ].join('\n'),
      err: '',
    });
  });

  it('tells where the path of a missing file stands', async () => {
    const file = configure();
    writeFileSync(file, '[file-lookup.gone]\npath = "gone"\n');
    const { code, out } = await runHere(['check', '-c', file]);
    expect(code).toBe(1);
    expect(out).toBe(
      `${file}:2:8: error: list "gone": ${folder.file('gone')}: cannot read the file: there is no such file\n1 error\n`,
    );
  });

  it('fetches lists when it is told to connect', async () => {
    const file = configure();
    expect(await runHere(['check', '--connect', '-c', file])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^list spam: 1 entries$/m),
    });
    server.answer = sends('', {}, 404);
    const { code, out } = await runHere(['check', '--connect', '--json', '-c', file]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, lists: [{ list: 'spam', error: 'the server answers 404' }] });
  });
});

describe('lookupd query', () => {
  it('asks lists', async () => {
    const file = configure();
    const query = (...args: string[]) => runHere(['query', '-c', file, 'aliases', ...args]);
    expect(await query('ANN@example.com')).toEqual({ code: 0, out: 'ann\n', err: '' });
    expect(await query('spam.example')).toEqual({ code: 0, out: '1\n', err: '' });
    expect((await query('nobody')).code).toBe(1);
    server.answer = sends('', {}, 500);
    expect((await query('nobody')).code).toBe(75);
    writeFileSync(folder.file('virtual'), 'wrong\n');
    expect(await query('nobody')).toEqual({
      code: 75,
      out: '',
      err: 'lookupd: list "virtual": line 1: expected a key, white space and a value\n',
    });
  });
});

describe('the daemon', () => {
  it('is ready when every list was loaded, and tells their age', async () => {
    server.answer = sends('', {}, 503);
    const toml = `[http-lookup.spam]\nurl = "http://127.0.0.1:${server.port}/"\nformat = "list"\nretry = "50ms"
[map.m]\nlookup = "spam"\n[server.listener.admin]\nprotocol = "http"\nbind = "127.0.0.1:0"\nserve = ["health", "metrics", "lookup"]`;
    const running = await TestDaemon.start(toml);
    const get = (path: string) => fetch(`http://127.0.0.1:${running.port('admin')}${path}`);
    await until(() => server.requests.length > 1, 'it is tried again');
    const early = await get('/readyz');
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({ status: 'loading', lists: [{ list: 'spam', state: 'loading' }] });
    expect((await get('/lookup/m/spam.example')).status).toBe(503);
    server.answer = sends('spam.example\n');
    await until(async () => (await get('/readyz')).ok, 'it is ready');
    expect(await (await get('/readyz')).json()).toMatchObject({
      lists: [{ list: 'spam', state: 'loaded', entries: 1 }],
    });
    expect((await get('/lookup/m/spam.example')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^lookupd_list_entries\{list="spam"\} 1$/m);
    expect(metrics).toMatch(/^lookupd_list_age_seconds\{list="spam"\} [\d.]+$/m);
    expect(metrics).toMatch(/^lookupd_list_loads_total\{list="spam",result="failed"\} [1-9]/m);
    await running.reload(toml);
    expect((await get('/readyz')).status).toBe(200);
    await running.stop();
  });

  it('does not start with a wrong list and says where it is wrong; a reload with one changes nothing', async () => {
    const file = configure('wrong\n');
    {
      await using failing = new ServeProcess(file, readConfig());
      expect(await failing.ended()).toBe(75);
      expect(failing.output).toContain(`${folder.file('virtual')}:1:6: expected a key, white space and a value`);
      expect(failing.output).not.toContain('try:');
    }
    writeFileSync(folder.file('virtual'), 'ann@example.com ann\n');
    await using running = new ServeProcess(file, readConfig());
    await running.ready();
    writeFileSync(folder.file('virtual'), 'ann@example.com bob\nwrong\n');
    running.signal('SIGHUP');
    await running.logged('reload failed, the old configuration stays: lists have errors');
    expect(running.output).toContain(`${folder.file('virtual')}:2:6: expected a key`);
  });

  function readConfig(): string {
    return `[file-lookup.virtual]\npath = "virtual"\nrefresh = "1h"\n[map.aliases]\nlookup = "virtual"
[server.listener.admin]\nprotocol = "http"\nbind = "127.0.0.1:0"\n`;
  }
});
