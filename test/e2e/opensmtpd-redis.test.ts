import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { OPENSMTPD_TABLES, requireProgram } from '../harness/programs.js';

const TABLE_REDIS = join(OPENSMTPD_TABLES, 'usr/libexec/opensmtpd/table-redis');

/** A network of its own, in which port 6379 is free: table-redis asks no other, whatever its configuration says. */
const mayUnshare = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/** Run in that network: hands connections to port 6379 over to the listener's socket, and ends with the table. */
const INSIDE = `
const { execFileSync, spawn } = require('node:child_process');
const { connect, createServer } = require('node:net');
const [socket, ...table] = process.argv.slice(1);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
const relay = createServer((client) => {
  const listener = connect(socket);
  for (const [one, other] of [[client, listener], [listener, client]]) one.pipe(other).on('error', () => one.destroy());
});
relay.listen(6379, '127.0.0.1', () => {
  spawn(table[0], table.slice(1), { stdio: [3, 'ignore', 'inherit'] }).on('exit', () => process.exit());
});
`;

/** Messages of OpenSMTPD-extras 6.7.1 (imsg): type, length, flags, peer and pid, then what is asked. */
const CHECK = 5;
const LOOKUP = 6;
const ALIAS = 1;
const DOMAIN = 2;

describe.skipIf(!requireProgram('opensmtpd') || !mayUnshare)("OpenSMTPD's table-redis on a plain endpoint", () => {
  const folder = temporaryFolder();
  let daemon: TestDaemon;
  let behind: Redis;
  let table: ChildProcess;
  let ended: Promise<unknown>;
  let channel: Socket;
  let log = '';

  beforeAll(async () => {
    daemon = await TestDaemon.start(
      `
[store.local]
type = "embedded"
[server.listener.plain]
protocol = "resp"
bind = "unix:${folder.file('plain.sock')}"
store = "local"
prefix = "smtpd/"
[server.listener.all]
protocol = "resp"
bind = "127.0.0.1:0"
store = "local"
write = true
`,
      { openStore: (config) => openConfigured(config) },
    );
    behind = new Redis({ port: daemon.port('all') });
    await behind.mset('smtpd/alias:sales@example.com', 'ann@example.com, bob', 'smtpd/domain:example.com', '');
    writeFileSync(folder.file('table.conf'), 'master 127.0.0.1\n');
    table = spawn(
      'unshare',
      ['-n', process.execPath, '-e', INSIDE, folder.file('plain.sock'), TABLE_REDIS, folder.file('table.conf')],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
    );
    table.stderr?.setEncoding('utf8').on('data', (text: string) => void (log += text));
    ended = once(table, 'exit');
    channel = table.stdio[3] as Socket;
  });

  afterAll(async () => {
    // It ends when its smtpd has gone.
    channel?.destroy();
    await ended;
    behind?.disconnect();
    await daemon?.stop();
    folder[Symbol.dispose]();
  });

  /** The result, and the value of one that is found. */
  async function ask(type: number, service: number, key: string): Promise<{ result: number; value: string }> {
    const name = Buffer.from(`${key}\0`);
    const message = Buffer.alloc(16 + 4 + 8 + name.length);
    message.writeUInt32LE(type, 0);
    message.writeUInt16LE(message.length, 4);
    message.writeInt32LE(service, 16);
    name.copy(message, 28);
    const answered = once(channel, 'data') as Promise<[Buffer]>;
    channel.write(message);
    const answer = await Promise.race([answered, ended.then(() => undefined)]);
    if (answer === undefined) throw new Error(`table-redis ended: ${log}`);
    return { result: answer[0].readInt32LE(16), value: answer[0].toString('utf8', 20).replace('\0', '') };
  }

  test('looks an alias up', async () => {
    expect(await ask(LOOKUP, ALIAS, 'sales@example.com')).toEqual({ result: 1, value: 'ann@example.com, bob' });
  });

  test('takes one that is not there for a failure, as with any Redis', async () => {
    expect(await ask(LOOKUP, ALIAS, 'nobody@example.com')).toEqual({ result: -1, value: '' });
  });

  test('checks whether a domain is there', async () => {
    expect(await ask(CHECK, DOMAIN, 'example.com')).toEqual({ result: 1, value: '' });
    expect(await ask(CHECK, DOMAIN, 'example.org')).toEqual({ result: 0, value: '' });
  });
});
