import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { Listeners } from '../../../src/daemon/listeners.js';
import { temporaryFolder } from '../../harness/folder.js';

const WAITING = 100;

describe('connections that the system has made and nobody has accepted yet', () => {
  const leave = async (listeners: Listeners) => (await listeners.prepare(loadConfig({ text: '' }))).commit();
  test.each([
    ['its listener goes', leave],
    ['the daemon stops', (listeners: Listeners) => listeners.close()],
  ])('are accepted when %s', async (_, end) => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    let accepted = 0;
    const onConnection = () => void accepted++;
    const listeners = new Listeners({ log: pino({ enabled: false }), onConnection });
    const text = `[server.listener.l]\nprotocol = "socketmap"\nbind = "unix:${path}"`;
    await (await listeners.prepare(loadConfig({ text }))).commit();
    // The event loop accepts one of them in each of its turns.
    const sockets = Array.from({ length: WAITING }, () => connect({ path }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    expect(accepted).toBeLessThan(WAITING);
    await end(listeners);
    expect(accepted).toBe(WAITING);
    for (const socket of sockets) socket.destroy();
    await listeners.close();
  });
});
