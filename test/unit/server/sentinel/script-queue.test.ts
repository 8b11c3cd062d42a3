import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/index.js';
import { type TemporaryFolder, temporaryFolder } from '../../../harness/folder.js';

/** The administrator's scripts: a shell script of each test, and what becomes of it. */
const PATIENT = { timeout: 20_000 };

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(folder: TemporaryFolder, body: string) {
  const script = folder.file('script');
  writeFileSync(script, `#!/bin/sh\n${body}\n`);
  chmodSync(script, 0o755);
  const clock = new ManualClock();
  const server = new Server({
    isSentinel: true,
    clock,
    configure: (configuration) => {
      configuration.load('sentinel', ['monitor', 'mymaster', '192.0.2.1', '6379', '2']);
      configuration.load('sentinel', ['notification-script', 'mymaster', script]);
      configuration.load('sentinel', ['client-reconfig-script', 'mymaster', script]);
    },
  });
  open.push(server);
  await server.start();
  const { scripts } = server.sentinel!;
  const events: string[] = [];
  const listener = server.session({ onPush: (push) => void events.push((push as string[]).slice(1).join(' ')) });
  listener.post(['SUBSCRIBE', '-script-error']);
  listener.post(['SUBSCRIBE', '-script-timeout']);
  events.length = 0;
  // Those of the start.
  scripts.close();
  const run = () => scripts.cycle();
  const waiting = () => vi.waitUntil(() => scripts.running === 0, PATIENT);
  return { server, clock, script, scripts, events, run, waiting };
}

it('tells a script what has happened, and another who the primary is', async () => {
  using folder = temporaryFolder();
  const { server, scripts, run, waiting } = await start(folder, `echo "$@" >> "${folder.file('out')}"`);
  const session = server.session();
  session.run('SENTINEL', 'SET', 'mymaster', 'quorum', '1');
  run();
  await waiting();
  const hello = ['192.0.2.9', 1, 'b'.repeat(40), 0, 'mymaster', '192.0.2.2', 6380, 1].join(',');
  session.run('PUBLISH', '__sentinel__:hello', hello);
  // In order, but several at once: which ends first is open.
  run();
  await waiting();
  expect(scripts.jobs).toEqual([]);
  const lines = readFileSync(folder.file('out'), 'utf8').trim().split('\n');
  expect(lines[0]).toBe('+set master mymaster 192.0.2.1 6379 quorum 1');
  expect(lines).toContain('+switch-master mymaster 192.0.2.1 6379 192.0.2.2 6380');
  expect(lines).toContain('mymaster observer start 192.0.2.1 6379 192.0.2.2 6380');
});

it('tries again what ends with status 1, after twice the time each time', async () => {
  using folder = temporaryFolder();
  const { clock, script, scripts, run, waiting, events } = await start(folder, 'exit 1');
  scripts.schedule([script]);
  const delays: number[] = [];
  for (let attempt = 1; attempt < 10; attempt++) {
    run();
    await waiting();
    expect(scripts.jobs).toMatchObject([{ attempts: attempt }]);
    const delay = scripts.jobs[0]!.time - clock.now();
    delays.push(delay / 30_000);
    clock.advance(delay);
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  run();
  await waiting();
  expect(scripts.jobs).toEqual([]);
  expect(events).toEqual([`-script-error ${script} 0 1`]);
});

it('gives up what ends with another status, or cannot be started', async () => {
  using folder = temporaryFolder();
  const { script, scripts, run, waiting, events } = await start(folder, 'exit 3');
  scripts.schedule([script]);
  run();
  await waiting();
  scripts.schedule([folder.file('none')]);
  run();
  await vi.waitUntil(() => scripts.jobs.length === 0, PATIENT);
  expect(events).toEqual([`-script-error ${script} 0 3`, `-script-error ${folder.file('none')} 0 2`]);
});

it('ends what takes too long, and tries it again', async () => {
  using folder = temporaryFolder();
  const started = folder.file('started');
  const { server, clock, script, scripts, run, waiting, events } = await start(
    folder,
    `touch "${started}"; exec sleep 60`,
  );
  scripts.schedule([script]);
  run();
  await vi.waitUntil(() => existsSync(started), PATIENT);
  const [job] = scripts.jobs;
  const pid = job!.child!.pid;
  const pending = String(server.session({ protocol: 2 }).run('SENTINEL', 'PENDING-SCRIPTS'));
  expect(pending).toBe(`argv,${script},flags,running,pid,${pid},run-time,0,retry-num,1`);
  clock.advance(60_001);
  run();
  await waiting();
  expect(events).toEqual([`-script-timeout ${script} ${pid}`]);
  expect(String(server.session({ protocol: 2 }).run('SENTINEL', 'PENDING-SCRIPTS'))).toContain('flags,scheduled,pid,0');
});

it('drops the oldest of more than it keeps', async () => {
  using folder = temporaryFolder();
  const { script, scripts } = await start(folder, 'exit 0');
  for (let i = 0; i < 300; i++) scripts.schedule([script, String(i)]);
  expect(scripts.jobs).toHaveLength(256);
  expect(scripts.jobs[0]!.words[1]).toBe('44');
});
