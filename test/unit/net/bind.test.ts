import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../../src/net/address.js';
import { BindError, bind } from '../../../src/net/bind.js';
import { temporaryFolder } from '../../harness/folder.js';
import { Wire } from '../../harness/wire.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Answers every connection with its name and the end. */
function say(name: string) {
  return (socket: Socket) => void socket.on('error', () => undefined).end(name);
}

describe('TCP', () => {
  test('tells the port that was chosen, and frees it', async () => {
    const socket = await bind(LOOPBACK, { onConnection: say('a') });
    expect(socket.address).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) as number });
    const wire = await Wire.connect(socket.address);
    await wire.expect('a');
    wire.close();
    await socket.close();
    await (await bind(socket.address, { onConnection: say('b') })).close();
  });

  test('an address in use, a host that is not ours, a host that is not there', async () => {
    const socket = await bind(LOOPBACK, { onConnection: say('a') });
    await expect(bind(socket.address, { onConnection: say('b') })).rejects.toThrow(
      `cannot listen on ${formatAddress(socket.address)}: the address is in use`,
    );
    await socket.close();
    await expect(bind({ host: '192.0.2.1', port: 0 }, { onConnection: say('b') })).rejects.toThrow(
      'cannot listen on 192.0.2.1:0: this machine does not have the address',
    );
  });

  test('who serves can change without closing the socket', async () => {
    const socket = await bind(LOOPBACK, { onConnection: say('old') });
    socket.onConnection = say('new');
    const wire = await Wire.connect(socket.address);
    await wire.expect('new');
    wire.close();
    await socket.close();
  });
});

describe('unix sockets', () => {
  test('get their mode, and are removed at the end', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const socket = await bind({ path }, { mode: 0o640, onConnection: say('a') });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    await socket.permit({ mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await socket.close();
    expect(existsSync(path)).toBe(false);
  });

  test('without a mode the umask decides', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const socket = await bind({ path }, { onConnection: say('a') });
    expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
    await socket.close();
  });

  test.runIf(process.getuid?.() === 0)('get their owner and group, by name or number', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const socket = await bind({ path }, { owner: 'nobody', group: '12345', onConnection: say('a') });
    expect(statSync(path)).toMatchObject({ uid: expect.any(Number) as number, gid: 12345 });
    expect(statSync(path).uid).not.toBe(0);
    await socket.close();
  });

  test('an unknown owner is an error that leaves nothing behind', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    await expect(bind({ path }, { owner: 'no-such-user', onConnection: say('a') })).rejects.toThrow(
      /there is no user "no-such-user"/,
    );
    expect(existsSync(path)).toBe(false);
  });

  test('a socket left by a process that died is replaced', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    await leaveStaleSocket(path);
    expect(existsSync(path)).toBe(true);
    const socket = await bind({ path }, { onConnection: say('new') });
    const wire = await Wire.connect({ path });
    await wire.expect('new');
    wire.close();
    await socket.close();
  });

  test('a live socket is never stolen', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const first = await bind({ path }, { onConnection: say('first') });
    await expect(bind({ path }, { onConnection: say('second') })).rejects.toThrow(/a running process listens there/);
    const wire = await Wire.connect({ path });
    await wire.expect('first');
    wire.close();
    await first.close();
  });

  test('of several that want a stale path at once one gets it, and is served by it', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    for (let round = 0; round < 10; round++) {
      await leaveStaleSocket(path);
      const names = ['a', 'b', 'c', 'd'];
      const ends = await Promise.allSettled(names.map((name) => bind({ path }, { onConnection: say(name) })));
      const won = ends.findIndex((end) => end.status === 'fulfilled');
      expect(ends.map((end) => (end.status === 'fulfilled' ? 'bound' : String(end.reason))).sort()).toEqual([
        ...Array<string>(3).fill(`BindError: cannot listen on unix:${path}: a running process listens there`),
        'bound',
      ]);
      const wire = await Wire.connect({ path });
      await wire.expect(names[won]!);
      wire.close();
      for (const end of ends) if (end.status === 'fulfilled') await end.value.close();
      expect(readdirSync(folder.path)).toEqual([]);
    }
  });

  test('whoever came to the path later keeps it when the one before ends', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const first = await bind({ path }, { onConnection: say('first') });
    unlinkSync(path);
    const second = await bind({ path }, { onConnection: say('second') });
    await first.close();
    const wire = await Wire.connect({ path });
    await wire.expect('second');
    wire.close();
    await second.close();
    expect(existsSync(path)).toBe(false);
  });

  test('may have the longest path there is', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s'.repeat(107 - folder.path.length - 1));
    const socket = await bind({ path }, { onConnection: say('a') });
    const wire = await Wire.connect({ path });
    await wire.expect('a');
    wire.close();
    await socket.close();
  });

  test('permissions are taken back', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const socket = await bind({ path }, { mode: 0o640, onConnection: say('a') });
    const undo = await socket.permit({ mode: 0o600 });
    await undo();
    expect(statSync(path).mode & 0o777).toBe(0o640);
    await socket.close();
  });

  test('a file that is no socket is left alone', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    writeFileSync(path, 'precious');
    await expect(bind({ path }, { onConnection: say('a') })).rejects.toThrow(BindError);
    expect(statSync(path).size).toBe(8);
  });

  test('a folder that is not there', async () => {
    await expect(bind({ path: '/nowhere/at/all/s' }, { onConnection: say('a') })).rejects.toThrow(
      'cannot listen on unix:/nowhere/at/all/s: the folder does not exist',
    );
  });
});

/** Lets another process listen there and kills it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('the port of a closed socket can be taken by any server', async () => {
  const socket = await bind(LOOPBACK, { onConnection: say('a') });
  await socket.close();
  const server = createServer();
  if ('port' in socket.address) server.listen(socket.address.port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
});
