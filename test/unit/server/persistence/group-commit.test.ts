import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { connect as netConnect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { createCertificates } from '../../../harness/certificates.js';
import { requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { encodeWords, RawClient } from '../../../harness/raw-client.js';
import { until } from '../../../harness/until.js';

const { fdatasync } = fs;
type Ended = (error: NodeJS.ErrnoException | null) => void;

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let port: number;
let clients: RawClient[];
let log: string[];
/** Syncs that were asked for and have not ended. */
let syncs: Ended[];
let count: number;

beforeEach(async () => {
  folder = temporaryFolder();
  clients = [];
  log = [];
  syncs = [];
  count = 0;
  fs.fdatasync = ((_fd: number, ended: Ended) => {
    count++;
    syncs.push(ended);
  }) as typeof fdatasync;
  syncBuiltinESMExports();
  server = await Server.start({
    directives: { dir: folder.path, appendonly: 'yes', appendfsync: 'always', 'aof-use-rdb-preamble': 'no' },
    log: (_, text) => void log.push(text),
  });
  port = (await server.listen({ port: 0 })).port ?? 0;
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
  fs.fdatasync = fdatasync;
  syncBuiltinESMExports();
  folder[Symbol.dispose]();
});

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(port);
  clients.push(client);
  return client;
}

const written = () =>
  requestsIn(fs.readFileSync(folder.file('appendonlydir/appendonly.aof.1.incr.aof'))).map((words) => words.join(' '));
/** Without a wait for what is not synced. */
const look = (...words: string[]) => String(server.session({ protocol: 2, waitsItself: true }).run(...words));

async function syncBegins(): Promise<void> {
  await until(() => syncs.length > 0, 'a sync begins');
}

describe('appendfsync always', () => {
  it('answers once a sync has ended, and goes on with other commands meanwhile', async () => {
    const first = await connect();
    const second = await connect();
    first.send(['SET', 'a', '1']);
    await syncBegins();
    expect(written()).toEqual(['SELECT 0', 'SET a 1']);
    second.send(['SET', 'b', '1'], ['GET', 'a']);
    await until(() => look('GET', 'b') === '1', 'the second command is executed');
    expect(written()).toHaveLength(2);
    expect([first.pending, second.pending]).toEqual([0, 0]);
    syncs.shift()!(null);
    expect(String(await first.take(1))).toBe('+OK\r\n');
    await syncBegins();
    expect(written()).toEqual(['SELECT 0', 'SET a 1', 'SET b 1']);
    expect(second.pending).toBe(0);
    syncs.shift()!(null);
    expect((await second.take(2)).map(String)).toEqual(['+OK\r\n', '$1\r\n1\r\n']);
  });

  it('syncs once for all who came meanwhile', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, connect));
    const [first, ...others] = many;
    first!.send(['SET', 'k', '0']);
    await syncBegins();
    for (const [i, client] of others.entries()) client.send(['SET', `k:${i}`, '1']);
    await until(() => look('DBSIZE') === '20', 'all commands are executed');
    syncs.shift()!(null);
    await syncBegins();
    syncs.shift()!(null);
    for (const client of many) expect(String(await client.take(1))).toBe('+OK\r\n');
    expect(count).toBe(2);
  });

  it('tells a client that goes on asking what a sync has reached, and no more', async () => {
    const client = await connect();
    client.send(['SET', 'a', '1']);
    await syncBegins();
    client.send(['SET', 'b', '1']);
    await until(() => look('GET', 'b') === '1', 'the second command is executed');
    for (const next of ['c', 'd', 'e']) {
      syncs.shift()!(null);
      expect(String(await client.take(1))).toBe('+OK\r\n');
      await syncBegins();
      client.send(['SET', next, '1']);
      await until(() => look('GET', next) === '1', 'the next command is executed');
      expect(client.pending).toBe(0);
    }
    for (let i = 0; i < 2; i++) {
      await syncBegins();
      syncs.shift()!(null);
      expect(String(await client.take(1))).toBe('+OK\r\n');
    }
  });

  const ends: Readonly<Record<string, readonly string[]>> = {
    'goes on in another file': ['BGREWRITEAOF'],
    'ends with the file': ['CONFIG', 'SET', 'appendonly', 'no'],
  };
  for (const [title, command] of Object.entries(ends)) {
    it(`keeps nobody waiting when it ${title}`, async () => {
      const first = await connect();
      const second = await connect();
      first.send(['SET', 'a', '1']);
      await syncBegins();
      second.send(['SET', 'b', '1']);
      await until(() => look('GET', 'b') === '1', 'the second command is executed');
      expect(look(...command)).not.toMatch(/ERR/);
      expect(String(await first.take(1))).toBe('+OK\r\n');
      expect(String(await second.take(1))).toBe('+OK\r\n');
      syncs.shift()!(null);
    });
  }

  it('keeps nobody waiting for whom another one has synced', async () => {
    const first = await connect();
    const second = await connect();
    first.send(['SET', 'a', '1']);
    await syncBegins();
    second.send(['SET', 'b', '1']);
    await until(() => look('GET', 'b') === '1', 'the second command is executed');
    server.session().run('SET', 'c', '1');
    expect(String(await first.take(1))).toBe('+OK\r\n');
    expect(String(await second.take(1))).toBe('+OK\r\n');
    syncs.shift()!(null);
  });

  it('has long replies wait for the disk too, and reads no more from who asks for them', async () => {
    const { fdatasyncSync } = fs;
    const longest = 'x'.repeat(100_000);
    const others = await connect();
    const client = await connect();
    fs.fdatasyncSync = () => {
      throw new Error('a sync on the event loop');
    };
    syncBuiltinESMExports();
    try {
      client.send(['SET', 'a', longest], ['GET', 'a'], ['GET', 'a'], ['GET', 'a'], ['GET', 'a'], ['SET', 'late', '1']);
      await syncBegins();
      others.send(['PING']);
      await until(() => look('EXISTS', 'a') === '1', 'the first command is executed');
      expect(look('EXISTS', 'late')).toBe('0');
      expect(client.pending).toBe(0);
      syncs.shift()!(null);
      expect((await client.take(4)).map(({ length }) => length)).toEqual([5, 100_011, 100_011, 100_011]);
      await until(() => look('EXISTS', 'late') === '1', 'the rest is executed');
      await syncBegins();
      syncs.shift()!(null);
      expect((await client.take(2)).map(({ length }) => length)).toEqual([100_011, 5]);
      expect(String(await others.take(1))).toBe('+PONG\r\n');
    } finally {
      fs.fdatasyncSync = fdatasyncSync;
      syncBuiltinESMExports();
    }
  });

  it('tells its last replies to who leaves, once they are on disk', async () => {
    const quits = await connect();
    const halves = await connect();
    quits.send(['SET', 'a', '1'], ['QUIT']);
    halves.send(['SET', 'b', '1']);
    halves.end();
    await syncBegins();
    await until(() => look('DBSIZE') === '2', 'both commands are executed');
    expect([quits.pending, halves.pending]).toEqual([0, 0]);
    syncs.shift()!(null);
    await until(() => quits.pending > 0 || syncs.length > 0, 'the sync has ended');
    syncs.shift()?.(null);
    expect((await quits.take(2)).map(String)).toEqual(['+OK\r\n', '+OK\r\n']);
    expect(String(await halves.take(1))).toBe('+OK\r\n');
    for (const client of [quits, halves]) await expect(client.take(1)).rejects.toThrow('closed');
  });

  it('ends when a sync fails, without an answer', async () => {
    const client = await connect();
    client.send(['SET', 'a', '1']);
    await syncBegins();
    syncs.shift()!(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    await server.ended;
    await expect(client.take(1)).rejects.toThrow('closed');
    expect(log).toContain(
      "Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output error. Exiting...",
    );
  });

  it('answers at once when it is no longer wanted', async () => {
    const first = await connect();
    const second = await connect();
    first.send(['SET', 'a', '1']);
    await syncBegins();
    second.send(['SET', 'b', '1'], ['CONFIG', 'SET', 'appendfsync', 'no']);
    expect((await second.take(2)).map(String)).toEqual(['+OK\r\n', '+OK\r\n']);
    expect(String(await first.take(1))).toBe('+OK\r\n');
    syncs.shift()!(null);
  });

  it('is synced when a command in this process returns', () => {
    const { fdatasyncSync } = fs;
    let now = 0;
    fs.fdatasyncSync = (fd) => {
      now++;
      fdatasyncSync(fd);
    };
    syncBuiltinESMExports();
    try {
      expect(server.session().run('SET', 'a', '1')).toBe('OK');
      expect(now).toBe(1);
      expect(written()).toContain('SET a 1');
    } finally {
      fs.fdatasyncSync = fdatasyncSync;
      syncBuiltinESMExports();
    }
  });
});

describe('a client for which much waits for the disk', () => {
  const long = 'x'.repeat(200_000);

  /** Syncs end as they come, until it is there. */
  async function syncing<T>(wanted: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    wanted.then(over, over);
    while (!isOver) {
      syncs.shift()?.(null);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return wanted;
  }

  async function connectWithLong(): Promise<RawClient> {
    const client = await connect();
    await syncing(client.ask(['SET', 'long', long]));
    return client;
  }

  it('hears all that it has asked for', async () => {
    const client = await connectWithLong();
    client.send(['SET', 'k', '1'], ...Array<string[]>(10).fill(['GET', 'long']));
    const replies = await syncing(client.take(11));
    expect(replies.map(({ length }) => length)).toEqual([5, ...Array<number>(10).fill(200_011)]);
  });

  it('may write all that it asks before it reads', async () => {
    const command = encodeWords(['SET', 'k', 'x'.repeat(1000), 'GET']);
    const socket = netConnect(port, '127.0.0.1');
    try {
      await syncing(new Promise((resolve) => socket.write(Buffer.concat(Array(12_000).fill(command)), resolve)));
      let received = 0;
      socket.on('data', (bytes: Buffer) => {
        received += bytes.length;
      });
      const all = 5 + 11_999 * 1009;
      await syncing(until(() => received === all, 'all has been answered'));
    } finally {
      socket.destroy();
    }
  });

  it('hears it over TLS too where it has said that it sends no more', async () => {
    await connectWithLong();
    const { serverCert: cert, serverKey: key, ca } = createCertificates(folder.path);
    const { port: tlsPort = 0 } = await server.listen({ port: 0, tls: { cert, key } });
    const socket = connectTls({ port: tlsPort, host: '127.0.0.1', ca });
    try {
      let received = 0;
      socket.on('data', (bytes: Buffer) => {
        received += bytes.length;
      });
      const commands = [
        ['SET', 'k', '1'],
        ['GET', 'long'],
        ['GET', 'long'],
        ['SET', 'last', '1'],
      ];
      socket.end(Buffer.concat(commands.map(encodeWords)));
      await syncing(until(() => received === 400_032, 'all has been answered'));
      expect(look('GET', 'last')).toBe('1');
    } finally {
      socket.destroy();
    }
  });

  it('is missed when it has gone while it was blocked', async () => {
    const client = await connectWithLong();
    const other = await connect();
    client.send(['SET', 'k', '1'], ['GET', 'long'], ['BLPOP', 'list', '0']);
    await syncing(client.take(2));
    client.close();
    await until(() => !look('CLIENT', 'LIST').includes('cmd=blpop'), 'it has gone');
    expect(String(await syncing(other.ask(['RPUSH', 'list', 'v'])))).toBe(':1\r\n');
    expect(look('LLEN', 'list')).toBe('1');
  });

  it.each(['at once', 'later'])('is heard when a script begins that takes long, if it has said so %s', async (when) => {
    const client = await connectWithLong();
    const other = await connect();
    await other.ask(['CONFIG', 'SET', 'busy-reply-threshold', '20']);
    await syncing(other.ask(['SET', 'longer', long.repeat(2)]));
    const kill = ['SCRIPT', 'KILL'];
    client.send(['SET', 'k', '1'], ['GET', 'longer'], ...(when === 'at once' ? [kill] : []));
    await syncBegins();
    if (when === 'later') client.send(kill);
    other.send(['EVAL', 'while true do end', '0']);
    expect(String(await other.take(1))).toMatch(/Script killed by user/);
    expect((await client.take(3)).map(({ length }) => length)).toEqual([5, 400_011, 5]);
  });

  it('hears no messages once it has said QUIT', async () => {
    const client = await connect();
    const other = await connect();
    await client.ask(['SUBSCRIBE', 'channel']);
    other.send(['SET', 'k', '1']);
    await syncBegins();
    client.send(['QUIT']);
    await until(() => look('PUBSUB', 'NUMSUB', 'channel') === 'channel,0', 'it has left');
    look('PUBLISH', 'channel', 'late');
    expect(String(await syncing(client.take(1)))).toBe('+OK\r\n');
    await expect(client.take(1)).rejects.toThrow('closed');
  });
});

describe('a command in this process under appendfsync always', () => {
  const { fdatasyncSync } = fs;
  afterEach(() => {
    fs.fdatasyncSync = fdatasyncSync;
    syncBuiltinESMExports();
  });

  it('is answered with an error when its sync fails', async () => {
    fs.fdatasyncSync = () => {
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    };
    syncBuiltinESMExports();
    expect(String(server.session().run('SET', 'a', '1'))).toMatch(/ERR the server has ended: Can't persist AOF/);
  });

  it('is synced when what it was posted for comes', () => {
    let synced = 0;
    fs.fdatasyncSync = (fd) => {
      synced++;
      fdatasyncSync(fd);
    };
    syncBuiltinESMExports();
    const heard: number[] = [];
    server.session({ onPush: () => void heard.push(synced) }).post(['SET', 'a', '1']);
    expect(heard).toEqual([1]);
  });
});

describe('appendfsync everysec', () => {
  it('answers while a sync is under way, and refuses writes when one has failed', async () => {
    const client = await connect();
    expect(String(await client.ask(['CONFIG', 'SET', 'appendfsync', 'everysec']))).toBe('+OK\r\n');
    expect(String(await client.ask(['SET', 'a', '1']))).toBe('+OK\r\n');
    await syncBegins();
    expect(String(await client.ask(['SET', 'b', '1']))).toBe('+OK\r\n');
    syncs.shift()!(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    expect(String(await client.ask(['SET', 'c', '1']))).toMatch(/^-MISCONF Errors writing to the AOF file: /);
    expect(String(await client.ask(['GET', 'a']))).toBe('$1\r\n1\r\n');
    await syncBegins();
    syncs.shift()!(null);
    expect(String(await client.ask(['SET', 'c', '1']))).toBe('+OK\r\n');
  });
});
