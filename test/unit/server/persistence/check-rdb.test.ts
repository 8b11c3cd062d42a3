import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRdb } from '../../../../src/server/persistence/rdb/check.js';
import { Server } from '../../../../src/server/server.js';
import { defaultSettings } from '../../../../src/server/settings.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { executable } from '../../../harness/programs.js';

/** A file with strings, a list, a set of integers and keys with a time. */
async function file(path: string): Promise<Buffer> {
  const server = await Server.start({ directives: { dir: path, save: '' } });
  const session = server.session();
  for (const line of [
    'SET first 1',
    'RPUSH list a b c',
    'SADD numbers 1 2 3',
    'SET later x EX 100',
    'SET soon x EX 20',
  ]) {
    session.run(...line.split(' '));
  }
  session.run('SAVE');
  await server.close();
  return readFileSync(`${path}/dump.rdb`);
}

function check(path: string, now = 0): { isSound: boolean; lines: string[] } {
  const lines: string[] = [];
  const isSound = checkRdb(path, { now, limits: defaultSettings(), print: (line) => void lines.push(line) });
  return { isSound, lines };
}

function changed(bytes: Buffer, at: number, byte: number): Buffer {
  bytes[at] = byte;
  return bytes;
}

function zeroed(bytes: Buffer): Buffer {
  return bytes.fill(0, bytes.length - 8);
}

describe('checking an RDB file', () => {
  it('tells what is in a sound one', async () => {
    using folder = temporaryFolder();
    const { length } = await file(folder.path);
    const { isSound, lines } = check(folder.file('dump.rdb'), Date.now() + 50_000);
    expect(isSound).toBe(true);
    expect(lines.slice(-5)).toEqual([
      `[offset ${length}] Checksum OK`,
      `[offset ${length}] \\o/ RDB looks OK! \\o/`,
      '[info] 5 keys read',
      '[info] 2 expires',
      '[info] 1 already expired',
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^\[offset \d+\] AUX FIELD redis-ver = '7\.0\.15'$/));
  });

  it('says of one without a checksum that there is none', async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('a.rdb'), zeroed(await file(folder.path)));
    const { isSound, lines } = check(folder.file('a.rdb'));
    expect(isSound).toBe(true);
    expect(lines.join('\n')).toContain('RDB file was saved with checksum disabled: no check performed.');
  });

  type Break = (bytes: Buffer) => Buffer;
  const at = (bytes: Buffer, key: string) => bytes.indexOf(key) - 2;
  const cases: Readonly<Record<string, [damage: Break, place: (bytes: Buffer) => number, lines: readonly string[]]>> = {
    'that is none': [() => Buffer.from('something else'), () => 0, ['Wrong signature', 'While doing: start']],
    'of a version to come': [
      (bytes) => Buffer.concat([Buffer.from('REDIS0099'), bytes.subarray(9)]),
      () => 0,
      ["Can't handle RDB format version 99", 'While doing: start'],
    ],
    'that breaks off in a key': [
      (bytes) => bytes.subarray(0, at(bytes, 'list') + 4),
      (bytes) => at(bytes, 'list'),
      ['unexpected end of the data', 'While doing: read-key'],
    ],
    'that breaks off in a value': [
      (bytes) => bytes.subarray(0, bytes.indexOf('list') + 8),
      (bytes) => at(bytes, 'list'),
      ['unexpected end of the data', 'While doing: read-object-value', "Reading key 'list'", 'type 18'],
    ],
    'with a type that there is not': [
      (bytes) => changed(bytes, at(bytes, 'numbers'), 99),
      (bytes) => at(bytes, 'numbers'),
      ['unknown type of value 99', "Reading key 'numbers'", 'type 99 (unknown)'],
    ],
    'with another byte in it': [
      (bytes) => changed(bytes, bytes.indexOf('first'), 0x46),
      (bytes) => bytes.length - 8,
      ['RDB CRC error', 'While doing: check-sum', '[info] 5 keys read'],
    ],
  };
  for (const [title, [damage, place, expected]] of Object.entries(cases)) {
    it(`says where and why it cannot read one ${title}`, async () => {
      using folder = temporaryFolder();
      const sound = await file(folder.path);
      writeFileSync(folder.file('bad.rdb'), damage(Buffer.from(sound)));
      const { isSound, lines } = check(folder.file('bad.rdb'));
      expect(isSound).toBe(false);
      const text = lines.slice(lines.indexOf('--- RDB ERROR DETECTED ---')).join('\n');
      for (const line of [...expected, `The record begins at: ${place(sound)}\n`]) expect(text).toContain(line);
    });
  }

  it('tells of a file that is not there', () => {
    using folder = temporaryFolder();
    expect(check(folder.file('no.rdb')).isSound).toBe(false);
  });

  const program = executable('redis-check-rdb');
  it.runIf(program !== undefined)('says of a sound one what redis-check-rdb says', async () => {
    using folder = temporaryFolder();
    await file(folder.path);
    const path = folder.file('dump.rdb');
    const { stdout } = spawnSync(program!, [path], { encoding: 'utf8', timeout: 10_000 });
    expect(check(path, Date.now()).lines).toEqual(stdout.trimEnd().split('\n'));
  });
});
