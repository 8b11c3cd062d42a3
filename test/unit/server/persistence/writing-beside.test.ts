import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { RawClient } from '../../../harness/raw-client.js';
import { until } from '../../../harness/until.js';

const { writev } = fs;
type Ended = (error: NodeJS.ErrnoException | null, written: number) => void;
interface Asked {
  readonly fd: number;
  readonly pieces: readonly NodeJS.ArrayBufferView[];
  readonly at: number;
  readonly ended: Ended;
}

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let client: RawClient;
let port: number;
/** Writes beside the event loop that were asked for and have not begun. */
let asked: Asked[];

beforeEach(async () => {
  folder = temporaryFolder();
  asked = [];
  fs.writev = ((fd: number, pieces: readonly NodeJS.ArrayBufferView[], at: number, ended: Ended) => {
    asked.push({ fd, pieces, at, ended });
  }) as unknown as typeof writev;
  syncBuiltinESMExports();
  server = await Server.start({
    directives: { dir: folder.path, appendonly: 'yes', 'aof-use-rdb-preamble': 'no', 'rdb-key-save-delay': '1000000' },
    log: () => undefined,
  });
  port = (await server.listen({ port: 0 })).port ?? 0;
  client = await RawClient.connect(port);
  await client.ask(['MSET', ...Array.from({ length: 100 }, (_, i) => [`other:${i}`, 'x']).flat()]);
  await client.ask(['SET', 'k', '0']);
  // Goes on for as long as it takes: a second for each key.
  await client.ask(['BGSAVE']);
});

afterEach(async () => {
  client.close();
  for (const one of asked.splice(0)) really(one);
  await server.close();
  fs.writev = writev;
  syncBuiltinESMExports();
  folder[Symbol.dispose]();
});

function really({ fd, pieces, at, ended }: Asked): void {
  writev(fd, pieces, at, (error, written) => ended(error, written));
}

const session = () => server.session({ protocol: 2, waitsItself: true });
const appended = () =>
  requestsIn(fs.readFileSync(folder.file('appendonlydir/appendonly.aof.1.incr.aof'))).map((words) => words.join(' '));

async function written(): Promise<void> {
  for (const one of asked.splice(0)) really(one);
  await until(() => !server.appendOnlyFile.appender.isBehind, 'all is written');
}

describe('while a file is saved', () => {
  it('effects are written beside the event loop, in their order, and replies wait for it', async () => {
    let answers = 0;
    const first = client.ask(['SET', 'k', '1']).then(() => answers++);
    await until(() => asked.length === 1, 'it is being written');
    session().run('SET', 'k', '2');
    // The server is there for others.
    expect(session().run('GET', 'k')?.toString()).toBe('2');
    await new Promise((resolve) => setImmediate(resolve));
    expect([answers, asked.length]).toEqual([0, 1]);
    expect(appended().at(-1)).toBe('SET k 0');
    really(asked.shift()!);
    await first;
    await until(() => asked.length === 1, 'the next is being written');
    await written();
    expect(appended().slice(-2)).toEqual(['SET k 1', 'SET k 2']);
  });

  it('who comes while others are written waits for the next write', async () => {
    const first = client.ask(['SET', 'k', '1']);
    await until(() => asked.length === 1, 'it is being written');
    using second = { client: await RawClient.connect(port), [Symbol.dispose]: () => second.client.close() };
    let isAnswered = false;
    const answered = second.client.ask(['SET', 'k', '2']).then(() => {
      isAnswered = true;
    });
    await until(() => session().run('GET', 'k')?.toString() === '2', 'the second command has come');
    really(asked.shift()!);
    await first;
    await until(() => asked.length === 1, 'the next is being written');
    await new Promise((resolve) => setImmediate(resolve));
    expect([isAnswered, appended().at(-1)]).toEqual([false, 'SET k 1']);
    await written();
    await answered;
    expect(appended().at(-1)).toBe('SET k 2');
  });

  it('what was written in part is written on', async () => {
    const reply = client.ask(['SET', 'k', 'x'.repeat(100_000)]);
    await until(() => asked.length === 1, 'it is being written');
    const { fd, pieces, at, ended } = asked.shift()!;
    const all = Buffer.concat(pieces as Buffer[]);
    const part = fs.writeSync(fd, all, 0, 7, at);
    ended(null, part);
    await until(() => asked.length === 1, 'the rest is being written');
    await written();
    expect((await reply).toString()).toBe('+OK\r\n');
    expect(appended().at(-1)).toBe(`SET k ${'x'.repeat(100_000)}`);
  });

  it('what could not be written is written later, and writes are refused until then', async () => {
    const reply = client.ask(['SET', 'k', '1']);
    await until(() => asked.length === 1, 'it is being written');
    const { fd, pieces, at, ended } = asked.shift()!;
    fs.writeSync(fd, Buffer.concat(pieces as Buffer[]), 0, 5, at);
    ended(Object.assign(new Error('ENOSPC: no space left on device, writev'), { code: 'ENOSPC' }), 0);
    // Not at once: a full disk stays full for a while.
    expect(asked).toHaveLength(0);
    await reply;
    expect(appended().at(-1)).toBe('SET k 0');
    expect(session().run('SET', 'k', '2')?.toString()).toContain('MISCONF');
    await until(() => asked.length === 1, 'it is tried again');
    await written();
    expect(appended().at(-1)).toBe('SET k 1');
    expect(server.appendOnlyFile.appender.failure).toBeUndefined();
  });

  it('who cannot wait writes the same bytes to the same place', async () => {
    const reply = client.ask(['SET', 'k', '1']);
    await until(() => asked.length === 1, 'it is being written');
    session().run('SET', 'k', '2');
    server.appendOnlyFile.appender.settle(true);
    expect(appended().slice(-2)).toEqual(['SET k 1', 'SET k 2']);
    const late = asked.shift()!;
    session().run('SET', 'k', '3');
    await until(() => asked.length === 1, 'the next is being written');
    await written();
    really(late);
    await reply;
    await until(() => appended().at(-1) === 'SET k 3', 'all is there');
    session().run('SET', 'k', '4');
    await until(() => asked.length === 1, 'the last is being written');
    await written();
    expect(appended().slice(-4)).toEqual(['SET k 1', 'SET k 2', 'SET k 3', 'SET k 4']);
  });

  it('nothing is lost when the server ends meanwhile', async () => {
    const reply = client.ask(['SET', 'k', '1']).catch(() => undefined);
    await until(() => asked.length === 1, 'it is being written');
    const late = asked.shift()!;
    const closed = server.close();
    really(late);
    await Promise.all([closed, reply]);
    expect(appended().at(-1)).toBe('SET k 1');
  });
});
