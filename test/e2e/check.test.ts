import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere, runProcess } from '../harness/program.js';

const GOOD = '[store.s]\ntype = "embedded"\n[map.m]\nstore = "s"\n';
const BAD = '[store.s]\ntype = "embedded"\ntiemout = "1s"\n';
const WARNING = '[server.listener.x]\nprotocol = "http"\nbind = "0.0.0.0:8080"\n';

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookupd-check-'));
  for (const [name, text] of Object.entries({ good: GOOD, bad: BAD, warning: WARNING }))
    writeFileSync(file(name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('lookupd check', () => {
  it.each<[string, number, () => string]>([
    ['good', 0, () => 'no problems: stores 1, lookups 0, maps 1, listeners 0\n'],
    [
      'bad',
      1,
      () =>
        [
          `${file('bad')}:3:1: error: unknown key "tiemout"`,
          '    tiemout = "1s"',
          '    ^',
          '    hint: did you mean "timeout"?',
          '1 error\n',
        ].join('\n'),
    ],
    [
      'warning',
      0,
      () =>
        [
          `${file('warning')}:3:8: warning: other machines can connect here, and nothing asks who they are`,
          '    bind = "0.0.0.0:8080"',
          '           ^',
          '    hint: keep it behind a firewall',
          '1 warning: stores 0, lookups 0, maps 0, listeners 1\n',
        ].join('\n'),
    ],
    ['gone', 1, () => `${file('gone')}:1:1: error: cannot read the file: there is no such file\n1 error\n`],
  ])('of a %s file ends with %i', async (name, code, out) => {
    expect(await runHere(['check', '-c', file(name)])).toEqual({ code, out: out(), err: '' });
  });

  it('finds the file by its variable', async () => {
    const { code, out } = await runHere(['check'], { env: { LOOKUPD_CONFIG: file('bad') } });
    expect(code).toBe(1);
    expect(out).toContain(file('bad'));
  });

  it('prints JSON when asked', async () => {
    const { code, out } = await runHere(['check', '--json', '-c', file('bad')]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ severity: 'error', line: 3, column: 1, hint: 'did you mean "timeout"?' }],
    });
  });

  it.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
    [false, { FORCE_COLOR: '1' }, true],
  ])('on a terminal (%j) with %j has colours: %j', async (isTerminal, env, colored) => {
    const { out } = await runHere(['check', '-c', file('bad')], { isTerminal, env });
    expect(out.includes('\u001b[')).toBe(colored);
  });
});

describe('the program in a process of its own', () => {
  it.each<[string[], number]>([
    [['check', '-c', 'good'], 0],
    [['check', '-c', 'bad'], 1],
    [['check', '--nonsense'], 2],
  ])('%j ends with %i', async ([command, ...rest], code) => {
    const argv = [command!, ...rest.map((word) => (word.startsWith('-') ? word : file(word)))];
    const ended = await runProcess(argv);
    expect(ended.code).toBe(code);
    expect(code === 2 ? ended.out : ended.err).toBe('');
  });

  it('checks what comes through a pipe', async () => {
    expect(await runProcess(['check', '-c', '-'], { input: BAD })).toMatchObject({ code: 1, err: '' });
    expect(await runProcess(['check', '-c', '-'], { input: GOOD })).toMatchObject({ code: 0, err: '' });
  });

  it('prints the whole schema into a pipe', async () => {
    const { code, out } = await runProcess(['schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
  });
});
