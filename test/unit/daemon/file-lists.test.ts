import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestDaemon } from '../../harness/daemon.js';
import { temporaryFolder } from '../../harness/folder.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

let folder: ReturnType<typeof temporaryFolder>;
let daemon: TestDaemon | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
  folder[Symbol.dispose]();
});

/** A list in the folder's file `list`, which a map of the same name asks, looked at often. */
function config(more = '', path = folder.file('list')): string {
  return `[file-lookup.list]
path = "${path}"
refresh = "20ms"
${more}
[map.m]
lookup = "list"
[server.listener.s]
protocol = "socketmap"
bind = "127.0.0.1:0"
`;
}

async function start(toml = config()): Promise<TestDaemon> {
  daemon = await TestDaemon.start(toml);
  return daemon;
}

async function ask(key: string): Promise<string> {
  const wire = await Wire.connect(daemon!.address('s'));
  wire.send(`${key.length + 2}:m ${key},`);
  const reply = await wire.readUntil(',');
  wire.close();
  return reply.toString().replace(/^\d+:|,$/g, '');
}

const isAnswer = (key: string, reply: string) => until(async () => (await ask(key)) === reply, `${key} is ${reply}`);
const write = (text: string, name = 'list') => writeFileSync(folder.file(name), text);

const logged = (message: string) => daemon!.logged.filter(({ msg }) => String(msg).startsWith(message));
const isRefused = (reason: string, times = 1) =>
  until(() => logged('list not loaded').filter((line) => line['reason'] === reason).length >= times, reason);

describe('a list follows its file', () => {
  test('written over, and replaced by another', async () => {
    write('a 1\n');
    await start();
    expect(await ask('a')).toBe('OK 1');
    write('a 2\n');
    await isAnswer('a', 'OK 2');
    write('a 3\n', 'new');
    renameSync(folder.file('new'), folder.file('list'));
    await isAnswer('a', 'OK 3');
    expect(await daemon!.daemon.metrics.render()).toMatch(/lookupd_list_loads_total\{list="list",result="loaded"\} 3/);
  });

  test('through a link that is changed, as Kubernetes does it', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(folder.file(version));
      write(`a ${version}\n`, `${version}/list`);
    }
    symlinkSync('v1', folder.file('..data'));
    symlinkSync('..data/list', folder.file('list'));
    await start();
    expect(await ask('a')).toBe('OK v1');
    symlinkSync('v2', folder.file('..data_tmp'));
    renameSync(folder.file('..data_tmp'), folder.file('..data'));
    await isAnswer('a', 'OK v2');
  });

  test('keeps what it has while the file is wrong or gone, and says so once', async () => {
    write('a 1\n');
    await start();
    write('a 2\nwrong\n');
    await isRefused('line 2: expected a key, white space and a value');
    expect(await ask('a')).toBe('OK 1');
    rmSync(folder.file('list'));
    await isRefused('there is no such file');
    expect(await ask('a')).toBe('OK 1');
    write('a 3\n');
    await isAnswer('a', 'OK 3');
    expect(logged('list not loaded')).toHaveLength(2);
    expect(logged('list not loaded')[0]).not.toHaveProperty('key');
  });

  test('waits for the end of a last line, for a while', async () => {
    write('a 1\n');
    await start();
    write('a 2\nb hal');
    write('a 2\nc 3');
    await isAnswer('c', 'OK 3');
    expect(logged('list not loaded')).toEqual([]);
  });

  test('however large it grows within its limits, and not beyond', async () => {
    write('a 1\n');
    await start(config('limits.entries = 2\nlimits.size = 100'));
    write('a 2\nb 2\nc 2\n');
    await isRefused('it has more than 2 entries');
    write(`a ${'x'.repeat(100)}\n`);
    await isRefused('it has more than 100 bytes');
    expect(await ask('a')).toBe('OK 1');
  });
});

describe('a reload', () => {
  test('reads every file anew, at once', async () => {
    write('a 1\n');
    await start(config().replace('20ms', '1h'));
    write('a 2\n');
    await daemon!.reload(config().replace('20ms', '1h'));
    expect(await ask('a')).toBe('OK 2');
  });

  test('changes nothing where one file is wrong', async () => {
    write('a 1\n');
    await start(config().replace('20ms', '1h'));
    write('a 2\n');
    write('wrong\n', 'other');
    const other = `[file-lookup.other]\npath = "${folder.file('other')}"\n[file-lookup.gone]\npath = "${folder.file('gone')}"\n`;
    await expect(daemon!.reload(other + config().replace('20ms', '1h'))).rejects.toThrow(
      'list "other": line 1: expected a key, white space and a value; list "gone": cannot read the file: there is no such file',
    );
    expect(await ask('a')).toBe('OK 1');
  });

  test('stops following a file that nobody names any more', async () => {
    write('a 1\n');
    write('a other\n', 'other');
    await start();
    await daemon!.reload(config('', folder.file('other')));
    expect(await ask('a')).toBe('OK other');
    write('a 2\n');
    write('a 3\n', 'other');
    await isAnswer('a', 'OK 3');
    expect(daemon!.daemon.health.report().lists).toMatchObject([{ list: 'list', state: 'loaded', entries: 1 }]);
  });
});

test('a daemon without its file does not start', async () => {
  await expect(start()).rejects.toThrow('list "list": cannot read the file: there is no such file');
  await expect(start(config('', folder.path))).rejects.toThrow('it is not a file');
});
