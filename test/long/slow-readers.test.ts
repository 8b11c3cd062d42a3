import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { ServeProcess } from '../harness/serve-process.js';
import { record } from './results.js';
import { SocketmapLoad } from './socketmap-load.js';

/**
 * 500 connections to the daemon, of which 50 ask for a long value 50,000 times and never read an answer: the others are
 * answered rightly all the time, and the daemon's memory stays where it is.
 */
const ASKING = 450;
const SILENT = 50;
const KEYS = 200;
const SECONDS = 30;
const LONG = 50_000;

test('connections that never read', async () => {
  const began = performance.now();
  using folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  await using daemon = new ServeProcess(folder.file('lookupd.toml'), configuration(port));
  await daemon.ready(60_000);
  const load = new SocketmapLoad(port, 'values', KEYS);
  await load.start(ASKING);
  const silent = await Promise.all(Array.from({ length: SILENT }, () => neverRead(port)));

  const memory: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    memory.push(residentMiB(daemon.pid));
  }
  await load.stop();
  const third = SECONDS / 3;
  const [, middle = 0, last = 0] = [0, 1, 2].map((i) => Math.max(...memory.slice(i * third, (i + 1) * third)));
  expect(load.wrong).toEqual([]);
  expect(load.counts.temporary).toBe(0);
  expect(load.counts.found).toBeGreaterThan(10_000);
  expect(last).toBeLessThan(middle * 1.1);
  // max-unsent, and the answers of max-pipeline requests that were taken before it was reached; half as much again.
  expect(last - memory[0]!).toBeLessThan(SILENT * (1 + (100 * LONG) / 1e6) * 1.5);
  for (const socket of silent) socket.destroy();
  record({
    test: 'slow readers',
    did: '500 connections to the daemon, of which 50 ask for 50 kB 50,000 times and never read',
    counts: {
      'right answers to the others': load.counts.found + load.counts.missing,
      wrong: load.wrong.length,
      'longest wait (ms)': Math.round(load.slowest),
      'memory in each third of the time (MB)': [0, 1, 2]
        .map((i) => Math.round(Math.max(...memory.slice(i * third, (i + 1) * third))))
        .join(', '),
    },
    began,
  });
});

function configuration(port: number): string {
  const data = Array.from({ length: KEYS }, (_, i) => `key${i} = "value${i}"`);
  return [
    '[store.local]\ntype = "embedded"',
    `[store.local.data]\nlong = "${'x'.repeat(LONG)}"`,
    ...data,
    '[map.values]\nstore = "local"\nkey = "%s"',
    `[server.listener.socketmap]\nprotocol = "socketmap"\nbind = "127.0.0.1:${port}"`,
  ].join('\n');
}

/** Asks for more than the system holds between the two. */
async function neverRead(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write('11:values long,'.repeat(50_000));
  return socket;
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
}
