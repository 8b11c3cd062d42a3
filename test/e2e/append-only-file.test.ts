import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkAofFile } from '../../src/cli/check-aof.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { Server } from '../../src/server/server.js';
import { temporaryFolder } from '../harness/folder.js';
import { executable, requireProgram } from '../harness/programs.js';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { dataset } from '../harness/twin.js';
import { until } from '../harness/until.js';

/** Something of every type, with what is easily lost: expiry, empty streams, pending entries, scores, any bytes. */
const COMMANDS = [
  'SET string "a\\x00\\xffb"',
  'SET number 12345',
  'SET expiring v PX 100000000',
  'APPEND string tail',
  'RPUSH list a b c 1 2 3',
  'SADD integers 1 2 3',
  'SADD set a b 7',
  'HSET hash f v g "\\r\\n"',
  'ZADD zset 1.5 a -inf b 3 c 1e300 d',
  'XADD stream 1-1 f v g w',
  'XADD stream 2-0 f v',
  'XDEL stream 2-0',
  'XGROUP CREATE stream group 0',
  'XREADGROUP GROUP group reader STREAMS stream >',
  'XGROUP CREATECONSUMER stream group idle',
  'XADD empty 5-5 f v',
  'XTRIM empty MAXLEN 0',
  'PFADD hll a b c',
  'SELECT 9',
  'GEOADD places 13.361389 38.115556 Palermo',
  'EXPIRE places 100000',
  'MULTI',
  'INCR counter',
  'INCR counter',
  'EXEC',
  "EVAL \"redis.call('set', 'by script', 1) return redis.call('incr', 'counter')\" 0",
];

describe.skipIf(!requireProgram('redis'))('an append-only file that real Redis shares', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let ours: Server | undefined;
  let real: RedisServer | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await ours?.close();
    await real?.stop();
    folder[Symbol.dispose]();
  });

  async function startOurs(directives: Readonly<Record<string, string>>): Promise<number> {
    ours = await Server.start({ directives: { dir: folder.path, appendonly: 'yes', ...directives } });
    return (await ours.listen({ port: 0 })).port ?? 0;
  }

  async function startReal(directives: Readonly<Record<string, string>>): Promise<number> {
    real = await startRedis({ directives: { dir: folder.path, appendonly: 'yes', ...directives } });
    return real.port;
  }

  for (const preamble of ['yes', 'no']) {
    for (const rewrites of [false, true]) {
      const title = `${rewrites ? 'rewritten' : 'as it was written'}, aof-use-rdb-preamble ${preamble}`;
      const directives = { 'aof-use-rdb-preamble': preamble, 'aof-timestamp-enabled': preamble };

      it(`is accepted by redis-check-aof and loaded by redis-server: ${title}`, async () => {
        const port = await startOurs(directives);
        await write(port, rewrites);
        const written = await values(port);
        await ours?.close();
        expect(check(folder.file('appendonlydir/appendonly.aof.manifest'))).toContain(
          'All AOF files and manifest are valid',
        );
        expect(await values(await startReal(directives))).toEqual(written);
      });

      it(`is loaded when redis-server has written it: ${title}`, async () => {
        const port = await startReal(directives);
        await write(port, rewrites);
        const written = await values(port);
        await real?.kill();
        expect(await values(await startOurs(directives))).toEqual(written);
      });
    }
  }
});

/** A string that was changed bit by bit has another encoding than one that is set as a whole. */
async function values(port: number): Promise<Record<string, string>> {
  const entries = Object.entries(await dataset(port));
  return Object.fromEntries(entries.map(([key, value]) => [key, value.replace(/^string (?:raw|embstr)/, 'string')]));
}

async function write(port: number, rewrites: boolean): Promise<void> {
  const client = await RawClient.connect(port);
  const ask = async (line: string) => String(await client.ask(parseLine(line)));
  for (const line of COMMANDS) expect(await ask(line), line).not.toMatch(/^-/);
  if (rewrites) {
    expect(await ask('BGREWRITEAOF')).toMatch(/^\+Background/);
    await until(async () => /aof_rewrite_in_progress:0/.test(await ask('INFO persistence')), 'the rewrite has ended');
    expect(await ask('INFO persistence')).toMatch(/aof_last_bgrewrite_status:ok/);
    expect(await ask('INCR counter')).toBe(':4\r\n');
    expect(await ask('SET after 1')).toBe('+OK\r\n');
  }
  client.close();
}

function check(manifest: string): string {
  const program = executable('redis-check-aof') ?? 'redis-check-aof';
  const { stdout, stderr } = spawnSync(program, [manifest], { encoding: 'utf8', timeout: 10_000 });
  return stdout + stderr;
}

describe('lookupd server --check-aof', () => {
  const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n';
  const MULTI = '*1\r\n$5\r\nMULTI\r\n';
  const cases: Readonly<Record<string, [content: string, valid: number]>> = {
    'a sound file': [SET + SET, 2 * SET.length],
    'one that breaks off': [SET + SET.slice(0, 10), SET.length],
    'one with a transaction that does not end': [SET + MULTI + SET, SET.length],
    'one with something else in it': [`${SET}hello\r\n${SET}`, SET.length],
    'one without the end of an argument': [SET + SET.replace('k\r\n', 'k..'), SET.length],
    nothing: ['', 0],
  };
  for (const [title, [content, valid]] of Object.entries(cases)) {
    it(`tells of ${title}, and mends it when asked`, async () => {
      using folder = temporaryFolder();
      const path = folder.file('a.aof');
      writeFileSync(path, content);
      const checked = await checkOurs(path);
      const isSound = valid === content.length;
      expect(checked).toMatchObject({ code: isSound ? 0 : 1 });
      if (content !== '') expect(checked.text).toContain(`ok_up_to=${valid}, diff=${content.length - valid}`);
      if (isSound) return;
      expect(await checkOurs('--fix', path)).toMatchObject({ code: 0 });
      expect(readFileSync(path, 'latin1')).toBe(content.slice(0, valid));
      expect(await checkOurs(path)).toMatchObject({ code: 0 });
    });
  }
});

async function checkOurs(...words: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const code = await checkAofFile(words, {
    out: sink,
    err: sink,
    input: Readable.from(['y\n']),
  } as unknown as Terminal);
  return { code, text };
}
