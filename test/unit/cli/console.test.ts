import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pc from 'picocolors';
import { afterAll, describe, expect, it } from 'vitest';
import { complete } from '../../../src/cli/console/completion.js';
import { helpFor } from '../../../src/cli/console/help.js';
import { HistoryFile } from '../../../src/cli/console/history.js';
import { KnownCommands } from '../../../src/cli/console/known-commands.js';
import { holdsSecret } from '../../../src/cli/console/secret-words.js';
import { syntaxOf } from '../../../src/cli/console/syntax.js';
import { joinWords, readWords } from '../../../src/cli/console/words.js';

const known = new KnownCommands();
const plain = pc.createColors(false);
const bytes = (words: readonly string[]) => words.map((word) => Buffer.from(word));

describe('a typed line', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['  get   a ', ['get', 'a']],
    ['set "a b" \'c d\'', ['set', 'a b', 'c d']],
    [String.raw`set k "\x41\n\"q\""`, ['set', 'k', 'A\n"q"']],
    ['set k "one\ntwo"', ['set', 'k', 'one\ntwo']],
    ["set k 'it\\'s'", ['set', 'k', "it's"]],
    ['set k ""', ['set', 'k', '']],
    ['set k grün', ['set', 'k', 'grün']],
  ])('%j is words', (line, words) => {
    const read = readWords(line);
    expect(read.kind === 'words' && read.words.map(String)).toEqual(words);
  });

  it.each(['set k "open', "set k 'open", 'set k "open\nstill', 'set k "back\\'])('%j goes on', (line) => {
    expect(readWords(line).kind).toBe('open');
  });

  it.each(['get "a"b', "get 'a'b", '"a""b" c'])('%j is wrong', (line) => {
    expect(readWords(line).kind).toBe('wrong');
  });

  it.each([
    ['set', 'k', 'two\nlines'],
    ['set', '', '"\\'],
    ['set', "it's", '\x00\xff'],
    ['get', 'plain'],
  ])('words of %j, %j, %j come back from one line', (...words) => {
    const line = joinWords(bytes(words));
    expect(line).not.toContain('\n');
    expect(readWords(line)).toEqual({ kind: 'words', words: bytes(words) });
  });
});

describe('a line with a password', () => {
  it.each([
    'AUTH secret',
    'auth user secret',
    'HELLO 3 AUTH user secret',
    'config set requirepass secret',
    'CONFIG SET maxmemory 1 masterauth secret',
    'ACL SETUSER ann on >secret',
    'migrate h 1 "" 0 5000 auth secret keys k',
    'sentinel set mymaster auth-pass secret',
  ])('%s is known as one', (line) => {
    expect(holdsSecret(bytes(line.split(' ')))).toBe(true);
  });

  it.each(['get auth', 'config get requirepass', 'config set maxmemory 1', 'hello 3', 'acl list', 'set auth secret'])(
    '%s is none',
    (line) => {
      expect(holdsSecret(bytes(line.split(' ')))).toBe(false);
    },
  );
});

describe('completion', () => {
  it.each<[string, string[]]>([
    ['hge', ['hget', 'hgetall']],
    ['HGE', ['HGET', 'HGETALL']],
    ['  hge', ['hget', 'hgetall']],
    ['cle', ['clear']],
    ['config re', ['resetstat', 'rewrite']],
    ['CONFIG SET maxmemory-p', ['maxmemory-policy']],
    ['set k v k', ['keepttl']],
    ['SET k v NX E', ['EX', 'EXAT']],
    ['set k v ex 5 ex', ['exat']],
    ['help @hy', ['@hyperloglog']],
    ['help config g', ['get']],
    ['help zr', ['zrandmember', 'zrange', 'zrangebylex', 'zrangebyscore', 'zrangestore', 'zrank']],
  ])('of %j', (line, words) => {
    const completion = complete(line, known);
    expect(completion.words.filter((word) => !word.startsWith('zre'))).toEqual(words);
    expect(line.endsWith(completion.typed)).toBe(true);
  });

  it.each([
    ['get ', 'GET key'],
    ['config set ', 'CONFIG SET parameter value [parameter value ...]'],
    ['expire k 5 z', 'EXPIRE key seconds [NX | XX | GT | LT]'],
  ])('of %j shows the syntax', (line, syntax) => {
    expect(complete(line, known)).toMatchObject({ words: [], syntax });
  });

  it('of an unknown command offers nothing', () => {
    expect(complete('nonsense a', known)).toEqual({ words: [], typed: 'a', syntax: undefined });
  });
});

describe('help', () => {
  it('tells syntax, summary, version and group', () => {
    expect(helpFor(['config', 'SET'], known, plain).split('\n')).toEqual(
      expect.arrayContaining([
        '  CONFIG SET parameter value [parameter value ...]',
        '  summary: Sets configuration parameters in-flight.'.replace(
          /:.*/,
          `: ${known.find(['config', 'set'])!.command.declaration.summary}`,
        ),
        '  since: 2.0.0',
        '  group: server',
      ]),
    );
  });

  it.each<[string, string]>([
    ['', 'help @<group>'],
    ['client', 'CLIENT SETNAME'],
    ['@pubsub', 'PUBSUB NUMSUB'],
    ['gett', 'did you mean "get"?'],
    ['@nonsense', 'no group "@nonsense"'],
  ])('on %j', (topic, text) => {
    expect(helpFor(topic.split(' ').filter(Boolean), known, plain)).toContain(text);
  });

  it('has a syntax for every command', () => {
    for (const { name, declaration } of known.all()) {
      const syntax = syntaxOf(name, declaration);
      expect(syntax).not.toMatch(/undefined|\[\]| {2}/);
      expect(syntax.split('[').length, syntax).toBe(syntax.split(']').length);
    }
  });
});

describe('the history', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lookupd-history-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'lookupd', 'console-history');
  const open = () => new HistoryFile({ XDG_STATE_HOME: folder });

  it('is kept for its owner alone, and no longer than it should be', () => {
    expect(open().read()).toEqual([]);
    open().add('get a');
    open().add('get b');
    expect(open().read()).toEqual(['get a', 'get b']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    writeFileSync(file, Array.from({ length: 1_500 }, (_, i) => `get ${i}\n`).join(''));
    expect(open().read()).toHaveLength(1_000);
    expect(readFileSync(file, 'utf8')).toMatch(/^get 500\n/);
  });

  it('is none where it cannot be written', () => {
    const nowhere = new HistoryFile({ XDG_STATE_HOME: path.join(file, 'below-a-file') });
    nowhere.add('get a');
    expect(nowhere.read()).toEqual([]);
  });
});
