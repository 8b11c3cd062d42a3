import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/load.js';
import { temporaryFolder } from '../harness/folder.js';
import { NotifySocket } from '../harness/notify-socket.js';
import { ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';

/** What systemd is told, by the program that comes with it; and the units that come along. */

const UNITS = join(ROOT, 'config/systemd');
const unitFiles = readdirSync(UNITS).filter((name) => /\.(service|socket)$/.test(name));

const config = (port: number) => `
[lookup.vip]
k = "v"
[map.users]
lookup = "vip"
[server.listener.health]
protocol = "http"
serve = ["health"]
bind = "127.0.0.1:${port}"
`;

describe.skipIf(!requireProgram('systemd'))('systemd', () => {
  test('is told of the start, reloads and what came of them, life, and the end, in this order', async () => {
    using folder = temporaryFolder();
    await using notify = await NotifySocket.open(folder.file('notify'));
    const [port = 0] = await freePorts(1);
    const env = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '400000' };
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(port), { env });
    const told = (name: string, status?: string) =>
      notify.messages.filter((one) => name in one && (status === undefined || one['STATUS'] === status));

    const serving = 'serving 1 maps on 1 listeners';
    await until(() => told('READY', serving).length === 1, 'systemd knows that it is ready');
    await until(() => told('WATCHDOG').length >= 2, 'it tells that it lives');

    daemon.signal('SIGHUP');
    await until(() => told('READY', serving).length === 2, 'it has reloaded');
    const [reloading] = told('RELOADING');
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e6;
    expect(Number(reloading?.['MONOTONIC_USEC'])).toBeGreaterThan(uptime - 120e6);
    expect(Number(reloading?.['MONOTONIC_USEC'])).toBeLessThanOrEqual(uptime + 1e6);

    daemon.configure('nonsense = 1');
    daemon.signal('SIGHUP');
    const failed = 'serving; the last reload failed: the configuration has errors';
    await until(() => told('READY', failed).length === 1, 'it tells that nothing has changed');

    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    await until(() => told('STOPPING').length === 1, 'it tells that it ends');
    const order = notify.messages.flatMap((one) =>
      Object.keys(one).filter((name) => /READY|RELOADING|STOPPING/.test(name)),
    );
    expect(order).toEqual(['READY', 'RELOADING', 'READY', 'RELOADING', 'READY', 'STOPPING']);
  });

  test('that does not listen costs a line in the log, and nothing else', async () => {
    using folder = temporaryFolder();
    const [port = 0] = await freePorts(1);
    const env = { NOTIFY_SOCKET: folder.file('nobody') };
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(port), { env });
    await daemon.ready();
    await daemon.logged('cannot tell systemd how the daemon is');
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(daemon.output.match(/cannot tell systemd/g)).toHaveLength(1);
  });

  test('finds nothing wrong with the units, and little to attack', () => {
    using folder = temporaryFolder();
    for (const name of unitFiles) {
      // Where the program is not installed; it must be an executable.
      const unit = readFileSync(join(UNITS, name), 'utf8').replace('/usr/bin/lookupd', '/bin/true');
      writeFileSync(folder.file(name), unit);
    }
    const paths = unitFiles.map((name) => folder.file(name));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
    expect({ status: verified.status, output: verified.stdout + verified.stderr }).toEqual({ status: 0, output: '' });
    for (const path of paths.filter((one) => one.endsWith('.service'))) {
      const args = ['security', '--offline=yes', '--no-pager', '--threshold=20', path];
      expect(execFileSync('systemd-analyze', args, { encoding: 'utf8' })).toContain('Overall exposure level');
    }
  });
});

describe('the units', () => {
  const service = readFileSync(join(UNITS, 'lookupd.service'), 'utf8');

  test('hand sockets over to listeners of the example', () => {
    const { config: example } = readConfig(join(ROOT, 'config/examples/systemd.toml'), {
      env: { CREDENTIALS_DIRECTORY: '/run/credentials/lookupd.service' },
      readFile: (path) => (path.endsWith('.toml') ? readFileSync(path) : 'secret\n'),
    });
    const named = [...(example?.listeners.values() ?? [])].flatMap(({ bind }) =>
      bind.flatMap((one) => ('inherited' in one ? [one.inherited] : [])),
    );
    const sockets = unitFiles.filter((name) => name.endsWith('.socket'));
    const handed = sockets.map(
      (name) => /^FileDescriptorName=(.*)$/m.exec(readFileSync(join(UNITS, name), 'utf8'))?.[1],
    );
    expect(handed.sort()).toEqual(named.sort());
  });

  test('run the program as it is called, and do not start again what cannot start', () => {
    expect(service).toContain('ExecStart=/usr/bin/lookupd serve -c /etc/lookupd/lookupd.toml');
    expect(service).toContain('RestartPreventExitStatus=1');
  });

  test('ask of the bundled server nothing that it does not do, and share no folder and user', () => {
    const bundled = readFileSync(join(UNITS, 'lookupd-server.service'), 'utf8');
    expect(bundled).not.toMatch(/^(?:WatchdogSec|ExecReload|NotifyAccess)=|^Type=notify/m);
    const own = (unit: string): readonly string[] =>
      unit.match(/^(?:User|Group|StateDirectory|RuntimeDirectory)=.*$/gm) ?? [];
    expect(own(bundled)).toHaveLength(4);
    expect(own(bundled).filter((line) => own(service).includes(line))).toEqual([]);
    const users = readFileSync(join(UNITS, 'lookupd.conf'), 'utf8');
    for (const unit of [bundled, service]) expect(users).toContain(`\nu ${/^User=(.*)$/m.exec(unit)?.[1]} `);
  });
});
