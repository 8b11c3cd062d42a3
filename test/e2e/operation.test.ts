import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { ServeProcess } from '../harness/serve-process.js';
import { Wire } from '../harness/wire.js';

/** The daemon as supervisors run it: sockets that are handed over, an own user after binding. */

function config(listeners: string, more = ''): string {
  return `
[store.local]
type = "embedded"
[store.local.data]
k = "v"
[map.users]
store = "local"
${listeners}
${more}
`;
}

const listener = (id: string, bind: string, more = '') =>
  `[server.listener.${id}]\nprotocol = "socketmap"\nbind = ${JSON.stringify(bind)}\n${more}\n`;

const health = (port: number) =>
  `[server.listener.health]\nprotocol = "http"\nserve = ["health"]\nbind = "127.0.0.1:${port}"\n`;

const ASK = '7:users k,';

async function expectAnswer(address: Parameters<typeof Wire.connect>[0]): Promise<void> {
  const wire = await Wire.connect(address);
  wire.send(ASK);
  await wire.expect('4:OK v,');
  wire.close();
}

describe('sockets that are handed over', () => {
  test('serve by name, several of one name together, and are kept through reloads', async () => {
    using folder = temporaryFolder();
    const [port = 0, http = 0] = await freePorts(2);
    const paths = [folder.file('a'), folder.file('b')];
    const [tcp, a, b] = await Promise.all([
      listen({ host: '127.0.0.1', port }),
      ...paths.map((path) => listen({ path })),
    ]);
    const both = config(listener('inet', 'systemd:inet') + listener('unix', 'systemd:unix') + health(http));
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), both, {
      sockets: [
        ['inet', tcp!],
        ['unix', a!],
        ['unix', b!],
      ],
    });
    await daemon.ready();
    // From here on only the daemon accepts.
    for (const server of [tcp, a, b]) await stopAccepting(server!);
    await expectAnswer({ host: '127.0.0.1', port });
    for (const path of paths) await expectAnswer({ path });

    daemon.configure(config(listener('inet', 'systemd:inet') + health(http)));
    daemon.signal('SIGHUP');
    await daemon.logged('configuration reloaded');
    const turnedAway = await Wire.connect({ path: paths[0]! });
    await turnedAway.expectEnd();
    turnedAway.close();
    await expectAnswer({ host: '127.0.0.1', port });

    daemon.configure(both.replaceAll('"systemd:unix"', '"systemd:nothing"'));
    daemon.signal('SIGHUP');
    await daemon.logged('no socket of this name was handed over (there is inet, unix)');
    await expectAnswer({ host: '127.0.0.1', port });

    daemon.configure(both);
    daemon.signal('SIGHUP');
    await daemon.logged('"listeners":3,"msg":"configuration reloaded"');
    for (const path of paths) await expectAnswer({ path });

    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    // The paths are systemd's.
    expect(paths.map((path) => existsSync(path))).toEqual([true, true]);
  });

  test('that no listener names are told', async () => {
    using folder = temporaryFolder();
    const [http = 0] = await freePorts(1);
    const spare = await listen({ path: folder.file('a') });
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(health(http)), {
      sockets: [['postfix', spare]],
    });
    await daemon.ready();
    expect(daemon.output).toContain(
      'a socket \\"postfix\\" was handed over, and no listener has \\"systemd:postfix\\"',
    );
    await stopAccepting(spare);
  });

  test('a name that was not handed over is fatal', async () => {
    using folder = temporaryFolder();
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(listener('x', 'systemd:postfix')));
    expect(await daemon.ended()).toBe(75);
    expect(daemon.output).toContain('cannot listen on systemd:postfix');
  });
});

function listen(where: { path: string } | { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(where, () => resolve(server));
  });
}

/** Closes this process's descriptor; Node would remove a path too. */
async function stopAccepting(server: Server): Promise<void> {
  const path = server.address();
  const aside = typeof path === 'string' ? `${path}.kept` : undefined;
  const { renameSync } = await import('node:fs');
  if (aside !== undefined) renameSync(path as string, aside);
  await new Promise((resolve) => server.close(resolve));
  if (aside !== undefined) renameSync(aside, path as string);
}

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)('an own user', () => {
  const NOBODY = Number(/^nobody:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1]);

  test('after binding: every thread has its ids and groups, its sockets are its own, reloads go on', async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const path = folder.file('s');
    const runAs = '[server.run-as]\nuser = "nobody"';
    const toml = config(listener('low', '127.0.0.1:0') + listener('unix', `unix:${path}`, 'mode = "0600"'), runAs);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    await daemon.ready();
    for (const status of threads(daemon.pid)) {
      expect(idsOf(status, 'Uid')).toEqual(Array(4).fill(NOBODY));
      expect(new Set(idsOf(status, 'Gid')).size).toBe(1);
      expect(idsOf(status, 'Gid')).not.toContain(0);
      expect(idsOf(status, 'Groups')).toEqual([idsOf(status, 'Gid')[0]]);
    }
    expect(statSync(path).uid).toBe(NOBODY);
    await expectAnswer({ path });

    daemon.configure(toml.replace('0600', '0660'));
    daemon.signal('SIGHUP');
    await daemon.logged('configuration reloaded');
    expect(statSync(path).mode & 0o777).toBe(0o660);

    daemon.configure(toml + listener('privileged', '127.0.0.1:1'));
    daemon.signal('SIGHUP');
    await daemon.logged('cannot listen on 127.0.0.1:1: permission denied');
    await expectAnswer({ path });
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  test('that cannot read the configuration is warned of, and what cannot be read later changes nothing', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const listeners = listener('inet', '127.0.0.1:0') + listener('unix', `unix:${path}`);
    const toml = config(listeners, '[server.run-as]\nuser = "nobody"\ngroup = "12345"');
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    await daemon.ready();
    expect(daemon.output).toContain(`user nobody cannot read ${folder.file('lookupd.toml')}: a reload will fail`);
    expect(idsOf(threads(daemon.pid)[0]!, 'Gid')).toEqual(Array(4).fill(12345));
    expect(statSync(path)).toMatchObject({ uid: NOBODY, gid: 12345 });
    daemon.signal('SIGHUP');
    await daemon.logged('the old configuration stays');
    expect(daemon.output).toContain('permission denied');
  });

  test('that is not there is fatal', async () => {
    using folder = temporaryFolder();
    const toml = config(listener('inet', '127.0.0.1:0'), '[server.run-as]\nuser = "no-such-user"');
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    expect(await daemon.ended()).toBe(75);
    expect(daemon.output).toContain('there is no user \\"no-such-user\\" in /etc/passwd');
  });
});

function threads(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((task) => readFileSync(`${folder}/${task}/status`, 'utf8'));
}

function idsOf(status: string, name: string): number[] {
  const line = new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  return line
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}
