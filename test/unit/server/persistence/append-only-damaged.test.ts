import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AofError } from '../../../../src/server/persistence/aof/aof-error.js';
import { AppendOnlyServer } from './append-only-server.js';

let aof: AppendOnlyServer;
const run = (line: string) => aof.run(line);
beforeEach(() => {
  aof = new AppendOnlyServer();
});
afterEach(() => aof[Symbol.asyncDispose]());

describe('a damaged append-only file', () => {
  const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n';
  const INCR = '*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n';

  function prepare(increment: string, manifest = 'file a.1.incr.aof seq 1 type i\n'): void {
    mkdirSync(aof.folder.file('appendonlydir'));
    writeFileSync(aof.file('a.1.incr.aof'), increment, 'latin1');
    writeFileSync(aof.file('appendonly.aof.manifest'), manifest, 'latin1');
  }

  const cut: Readonly<Record<string, [tail: string, value: string]>> = {
    'within a command': [INCR.slice(0, -5), '1'],
    'within a length': ['*2\r\n$4', '1'],
    'before the digits of a length': ['*2\r\n$', '1'],
    'within its end': [INCR.slice(0, -1), '1'],
    'within a timestamp': ['#TS:16', '1'],
    'within a transaction': [`*1\r\n$5\r\nMULTI\r\n${INCR}${INCR}`, '1'],
    nowhere: [INCR, '2'],
  };
  for (const [title, [tail, value]] of Object.entries(cut)) {
    it(`that breaks off ${title} is cut there`, async () => {
      prepare(SET + tail);
      await aof.start();
      expect(run('GET k')).toBe(value);
      run('INCR k');
      await aof.restart();
      expect(run('GET k')).toBe(String(Number(value) + 1));
    });
  }

  it('is refused where it is not to be cut', async () => {
    prepare(SET + INCR.slice(0, -5));
    await expect(aof.start({ appendonly: 'yes', 'aof-load-truncated': 'no' })).rejects.toThrow(AofError);
    expect(aof.log.at(-1)).toMatch(
      /^Unexpected end of file reading the append only file a\.1\.incr\.aof at offset 27\./,
    );
  });

  it('is refused when it breaks off before the last file', async () => {
    prepare(SET + INCR.slice(0, -5), 'file a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n');
    writeFileSync(aof.file('a.2.incr.aof'), INCR);
    await expect(aof.start()).rejects.toThrow(AofError);
    expect(aof.log.at(-1)).toBe('Fatal error: the truncated file is not the last file');
  });

  it('is refused when it is no file of commands', async () => {
    prepare(`${SET}hello\r\n`);
    await expect(aof.start()).rejects.toThrow(AofError);
    expect(aof.log.at(-1)).toMatch(/^Bad file format reading the append only file a\.1\.incr\.aof at offset 27:/);
  });

  it('is refused when a file is missing', async () => {
    prepare(SET, 'file a.1.incr.aof seq 1 type i\nfile missing.aof seq 2 type i\n');
    await expect(aof.start()).rejects.toThrow(/missing\.aof/);
  });

  const manifests: Readonly<Record<string, string>> = {
    'Found an empty AOF manifest': '',
    'Invalid AOF manifest file format': 'file a seq 1\n',
    "File can't be a path, just a filename": 'file ../a seq 1 type i\n',
    'Found duplicate base file information': 'file a seq 1 type b\nfile b seq 2 type b\n',
    'Found a non-monotonic sequence number': 'file a seq 2 type i\nfile b seq 1 type i\n',
    'Unknown AOF file type': 'file a seq 1 type x\n',
    'The AOF manifest file contains too long line': 'file a seq 1 type i',
  };
  for (const [problem, manifest] of Object.entries(manifests)) {
    it(`has a manifest that is wrong: ${problem}`, async () => {
      prepare(SET, manifest);
      await expect(aof.start()).rejects.toThrow(problem);
      expect(aof.log).toContain('\n*** FATAL AOF MANIFEST FILE ERROR ***\n');
    });
  }

  it('can be left behind at any moment of a rewrite', async () => {
    await aof.start();
    run('SET k 1');
    await aof.server.close();
    // The increment of a rewrite is named at once; its base never came.
    appendFileSync(aof.file('appendonly.aof.manifest'), 'file appendonly.aof.2.incr.aof seq 2 type i\n');
    writeFileSync(aof.file('appendonly.aof.2.incr.aof'), INCR);
    writeFileSync(join(aof.folder.path, 'temp-rewriteaof-bg-1.aof'), 'half');
    await aof.start();
    expect(run('GET k')).toBe('2');
    // Nothing at all of an increment was written.
    await aof.server.close();
    truncateSync(aof.file('appendonly.aof.2.incr.aof'));
    await aof.start();
    expect(run('GET k')).toBe('1');
  });
});
