import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EitherServer, type ServerProgram } from '../harness/either-server.js';
import { executable, requireProgram } from '../harness/programs.js';
import { until } from '../harness/until.js';

/** What settings make of the RDB file, and where it is: the same of ours and of a redis-server. */
const PROGRAMS: readonly ServerProgram[] = ['ours', 'redis-server'];
const QUIET = ['--save', ''];
const LONG = 'all the same '.repeat(2000);
const CHECKSUM_LENGTH = 8;
const UNCHECKED = 'RDB file was saved with checksum disabled: no check performed.';

const servers: EitherServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]()));
});

async function begin(program: ServerProgram, ...options: readonly string[]): Promise<EitherServer> {
  const server = new EitherServer(program);
  servers.push(server);
  await server.start(...QUIET, ...options);
  return server;
}

function beginBoth(...options: readonly string[]): Promise<EitherServer[]> {
  return Promise.all(PROGRAMS.map((program) => begin(program, ...options)));
}

/** Ends both, and starts each with the file of the other. */
async function exchange(both: readonly EitherServer[]): Promise<void> {
  const contents = both.map(contentOf);
  await Promise.all(both.map((server) => server.endBy('SHUTDOWN NOSAVE')));
  for (const [i, server] of both.entries()) writeFileSync(file(server), contents[1 - i]!);
  await Promise.all(both.map((server) => server.start(...QUIET)));
}

const file = ({ folder }: EitherServer) => folder.file('dump.rdb');
const contentOf = (server: EitherServer) => readFileSync(file(server));
const checksumOf = (bytes: Buffer) => bytes.subarray(-CHECKSUM_LENGTH).toString('hex');
const NO_CHECKSUM = '00'.repeat(CHECKSUM_LENGTH);

function checked(path: string): string {
  return spawnSync(executable('redis-check-rdb')!, [path], { encoding: 'utf8' }).stdout;
}

/** All but the values of fields about the writer and the moment, and the checksum over them. */
function partsOf(server: EitherServer): Record<string, unknown> {
  const bytes = contentOf(server);
  return {
    version: bytes.toString('latin1', 0, 9),
    fields: checked(file(server)).match(/(?<=AUX FIELD )\S+/g),
    data: bytes.subarray(bytes.indexOf(FIRST_DATABASE), -CHECKSUM_LENGTH).toString('latin1'),
  };
}

/** SELECTDB 0 and RESIZEDB 1 0. */
const FIRST_DATABASE = Buffer.from([0xfe, 0, 0xfb, 1, 0]);

/** Another letter in the one value. */
function damage(server: EitherServer): void {
  const bytes = contentOf(server);
  bytes.write('X', bytes.indexOf('value'));
  writeFileSync(file(server), bytes);
}

describe.skipIf(!requireProgram('redis'))('the RDB file, as real Redis', () => {
  describe('rdbchecksum', () => {
    it('no writes none, which is no fault to those who read it', async () => {
      const both = await beginBoth('--rdbchecksum', 'no');
      for (const server of both) {
        await server.ask('SET k value');
        expect(await server.ask('SAVE')).toBe('+OK\r\n');
        expect(checksumOf(contentOf(server))).toBe(NO_CHECKSUM);
        expect(checked(file(server))).toMatch(new RegExp(`${UNCHECKED}[^]*RDB looks OK`));
      }
      await exchange(both);
      for (const server of both) {
        expect(await server.ask('GET k')).toBe('$5\r\nvalue\r\n');
      }
    });

    it.each([
      ['was written without one', 'no', 'yes'],
      ['is read without a look at it', 'yes', 'no'],
    ])('lets damage pass in a file that %s', async (_, ofWriter, ofReader) => {
      const both = await beginBoth('--rdbchecksum', ofWriter);
      for (const server of both) {
        await server.ask('SET k value');
        await server.ask('SAVE');
        await server.endBy('SHUTDOWN NOSAVE');
        expect(checksumOf(contentOf(server)) === NO_CHECKSUM).toBe(ofWriter === 'no');
        damage(server);
        await server.start(...QUIET, '--rdbchecksum', ofReader);
        expect(await server.ask('GET k')).toBe('$5\r\nXalue\r\n');
      }
    });

    it('yes finds it', async () => {
      const both = await beginBoth();
      for (const server of both) {
        await server.ask('SET k value');
        await server.ask('SAVE');
        await server.endBy('SHUTDOWN NOSAVE');
        expect(checked(file(server))).toContain('Checksum OK');
        damage(server);
        expect(await server.refusal(...QUIET)).toContain('RDB CRC error');
        expect(checked(file(server))).toContain('RDB CRC error');
      }
    });
  });

  it.each([
    ['yes', false],
    ['no', true],
  ])('rdbcompression %s: the same bytes, of which either server makes the same data', async (value, isPlain) => {
    const both = await beginBoth();
    for (const server of both) {
      await server.ask(`CONFIG SET rdbcompression ${value}`);
      await server.ask(`SET k "${LONG}"`);
      expect(await server.ask('SAVE')).toBe('+OK\r\n');
      expect(contentOf(server).includes(LONG)).toBe(isPlain);
      expect(contentOf(server).length > LONG.length).toBe(isPlain);
    }
    const [ours, real] = both.map(partsOf);
    expect(ours).toEqual(real);
    await exchange(both);
    for (const server of both) {
      expect(await server.ask('GET k')).toBe(`$${LONG.length}\r\n${LONG}\r\n`);
    }
  });

  it.each(PROGRAMS)('dbfilename and dir, set while it runs, are where it is from then on (%s)', async (program) => {
    const server = await begin(program, '--enable-protected-configs', 'local');
    const { folder } = server;
    mkdirSync(folder.file('sub'));
    await server.ask('SET k v');
    expect(await server.ask('CONFIG SET dbfilename other.rdb')).toBe('+OK\r\n');
    expect(await server.ask('SAVE')).toBe('+OK\r\n');
    expect(folder.names().sort()).toEqual(['other.rdb', 'sub']);
    const before = readFileSync(folder.file('other.rdb'));

    expect(await server.ask(`CONFIG SET dir ${folder.file('sub')}`)).toBe('+OK\r\n');
    await server.ask('SET k later');
    expect(await server.saveInBackground()).toBe('ok');
    expect(checked(folder.file('sub/other.rdb'))).toContain('RDB looks OK');
    expect(await server.ask('CONFIG SET dbfilename last.rdb')).toBe('+OK\r\n');
    expect(await server.endBy('SHUTDOWN SAVE')).toBe(0);
    expect(readdirSync(folder.file('sub')).sort()).toEqual(['last.rdb', 'other.rdb']);
    expect(folder.names().sort()).toEqual(['other.rdb', 'sub']);
    expect(readFileSync(folder.file('other.rdb')).equals(before)).toBe(true);

    await server.start(...QUIET, '--dir', folder.file('sub'), '--dbfilename', 'last.rdb');
    expect(await server.ask('GET k')).toBe('$5\r\nlater\r\n');
  });

  it.each(PROGRAMS)('LASTSAVE is when a file was written last, and not when none could be (%s)', async (program) => {
    const server = await begin(program);
    await server.ask('SET k v');
    const begun = await lastSave(server);
    await untilLaterThan(begun, server);
    for (const save of [() => server.ask('SAVE'), () => server.saveInBackground()]) {
      const [before, earliest] = [await lastSave(server), Math.floor((await time(server)) - COARSE)];
      expect(earliest).toBeGreaterThan(before);
      await save();
      expect(await lastSave(server)).toBeGreaterThanOrEqual(earliest);
      expect(await lastSave(server)).toBeLessThanOrEqual(await time(server));
      await untilLaterThan(await lastSave(server), server);
    }
    const last = await lastSave(server);
    blockFile(server);
    expect(await server.ask('SAVE')).toBe('-ERR\r\n');
    expect(await server.saveInBackground()).toBe('err');
    expect(await lastSave(server)).toBe(last);
    rmdirSync(file(server));
    expect(await server.saveInBackground()).toBe('ok');
    expect(await lastSave(server)).toBeGreaterThan(last);
  });
});

/** As LASTSAVE and INFO tell alike. */
async function lastSave(server: EitherServer): Promise<number> {
  const told = Number((await server.ask('LASTSAVE')).slice(1));
  expect(await server.info('rdb_last_save_time')).toBe(String(told));
  return told;
}

/** The server's clock, in seconds. */
async function time(server: EitherServer): Promise<number> {
  const [, , seconds, , microseconds] = (await server.ask('TIME')).split('\r\n');
  return Number(seconds) + Number(microseconds) / 1e6;
}

/** By how much redis-server's LASTSAVE, which counts by the ticks of the system, may be behind TIME. */
const COARSE = 0.05;

/** A save from now on is of another second. */
function untilLaterThan(seconds: number, server: EitherServer): Promise<void> {
  return until(async () => (await time(server)) > seconds + 1 + COARSE, 'the next second has begun');
}

/** No file takes the place of a folder. */
function blockFile(server: EitherServer): void {
  rmSync(file(server));
  mkdirSync(file(server));
}
