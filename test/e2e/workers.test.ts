import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { ListServer, sends } from '../harness/list-server.js';
import { freePorts } from '../harness/ports.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { workerPids } from '../harness/worker-pids.js';

/** A daemon of several processes is one to whoever asks it. */

/** Processes from the sources start slowly on a busy machine. */
const PATIENCE = 60_000;

const PROTOCOLS = ['socketmap', 'tcp-table', 'line', 'dict', 'resp', 'policy', 'http'] as const;
type Ports = Readonly<Record<(typeof PROTOCOLS)[number], number>>;

async function portsFor(): Promise<Ports> {
  const ports = await freePorts(PROTOCOLS.length);
  return Object.fromEntries(PROTOCOLS.map((protocol, i) => [protocol, ports[i] ?? 0])) as Ports;
}

function config(ports: Ports, options: { workers?: number; value?: string; more?: string } = {}): string {
  const { workers = 2, value = 'v', more = '' } = options;
  const listener = (protocol: keyof Ports, keys = '') =>
    `[server.listener.${protocol}]\nprotocol = "${protocol}"\nbind = "127.0.0.1:${ports[protocol]}"\n${keys}\n`;
  return `[server]
workers = ${workers}
[store.local]
type = "embedded"
[store.local.data]
"alias:k" = "${value}"
"quota/x" = "7"
[map.aliases]
store = "local"
key = "alias:%s"
[dict.quota]
store = "local"
prefix = "quota/"
write = true
[policy.outbound]
type = "rate-limit"
store = "local"
key = ["sasl_username"]
rate = "2/1h"
${listener('socketmap')}${listener('tcp-table', 'map = "aliases"')}${listener('line')}${listener('dict')}
${listener('resp', 'store = "local"\nwrite = true')}${listener('policy', 'policies = ["outbound"]')}
${listener('http', 'serve = ["lookup", "health", "metrics"]\nwrite = true')}${more}`;
}

/** What each protocol is asked, and answers. */
const DIALOGUES: Readonly<Record<keyof Ports, readonly (readonly [ask: string, answer: string])[]>> = {
  socketmap: [['9:aliases k,', '4:OK v,']],
  'tcp-table': [['get k\n', '200 v\n']],
  line: [['aliases k\n', 'OK v\n']],
  dict: [
    ['H3\t2\t0\tuser\tquota\n', ''],
    ['Lshared/x\t\n', 'O7\n'],
  ],
  resp: [['GET alias:k\r\n', '$1\r\nv\r\n']],
  policy: [['request=smtpd_access_policy\nsasl_username=a\nrecipient=b\n\n', 'action=DUNNO\n\n']],
  http: [['GET /lookup/aliases/k HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 200 OK\r\n']],
};

async function metric(ports: Ports, line: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')
      .at(-1),
  );
}

async function increment(ports: Ports): Promise<void> {
  const url = `http://127.0.0.1:${ports.http}/store/local/count/increment`;
  const answer = await fetch(url, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
  if (!answer.ok) throw new Error(await answer.text());
}

describe('two workers', () => {
  test('answer every protocol, are reloaded together, and stop', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const path = folder.file('s');
    const socket = `[server.listener.unix]\nprotocol = "socketmap"\nbind = "unix:${path}"\n`;
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(ports, { more: socket }));
    await daemon.ready(PATIENCE);
    expect(workerPids(daemon.output).size).toBe(2);
    for (const protocol of PROTOCOLS) {
      for (let i = 0; i < 2; i++) {
        const wire = await Wire.connect({ host: '127.0.0.1', port: ports[protocol] });
        for (const [ask, answer] of DIALOGUES[protocol]) {
          wire.send(ask);
          if (answer !== '') await wire.expect(answer);
        }
        wire.close();
      }
    }
    // Two connections at a time are at two workers, and a mail counts once, whichever of them is asked.
    const policies = await Promise.all([1, 2].map(() => Wire.connect({ host: '127.0.0.1', port: ports.policy })));
    for (const [i, mail, action] of [
      [0, 'one', 'DUNNO'],
      [1, 'one', 'DUNNO'],
      [1, 'two', 'DUNNO'],
      [0, 'three', 'DEFER'],
    ] as const) {
      policies[i]?.send(`request=smtpd_access_policy\nsasl_username=b\nrecipient=c\ninstance=${mail}\n\n`);
      const answer = (await policies[i]?.readUntil('\n\n'))?.toString();
      expect(answer, mail).toContain(`action=${action}`);
    }
    for (const wire of policies) wire.close();
    const wires = await Promise.all([1, 2].map(() => Wire.connect({ path })));
    const ask = async (answer: string) => {
      for (const wire of wires) {
        wire.send('9:aliases k,');
        await wire.expect(answer);
      }
    };
    await ask('4:OK v,');

    const found = (listener: string) => `lookupd_lookups_total{listener="${listener}",map="aliases",result="found"}`;
    expect(await metric(ports, found('unix'))).toBe(2);
    expect(await metric(ports, found('socketmap'))).toBe(2);
    expect(await metric(ports, 'lookupd_connections{listener="unix"}')).toBe(2);
    expect(await metric(ports, 'lookupd_workers')).toBe(2);
    const ready = await fetch(`http://127.0.0.1:${ports.http}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'ready', stores: [{ store: 'local', state: 'up' }] });

    daemon.configure(config(ports, { more: socket, value: 'new' }));
    daemon.signal('SIGHUP');
    await daemon.logged('configuration reloaded');
    await ask('6:OK new,');

    for (const wire of wires) wire.send('9:aliases k,');
    daemon.signal('SIGTERM');
    for (const wire of wires) {
      await wire.expect('6:OK new,');
      await wire.expectEnd();
      wire.close();
    }
    expect(await daemon.ended()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('a reload that one part refuses changes nothing in any', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const list = folder.file('list');
    writeFileSync(list, 'k\n');
    const more = (file: string, key: string) =>
      `[file-lookup.l]\npath = "${file}"\nformat = "list"\n[map.listed]\nlookup = "l"\nkey = "${key}"\n`;
    const toml = config(ports, { more: more(list, '%s') });
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    await daemon.ready(PATIENCE);
    daemon.configure(config(ports, { value: 'new', more: more(`${list}-gone`, '%s') }));
    daemon.signal('SIGHUP');
    await daemon.logged('the old configuration stays: lists have errors');
    expect(daemon.output).toMatch(/lookupd\.toml:\d+:\d+: .*list-gone/);
    for (let i = 0; i < 2; i++) {
      const wire = await Wire.connect({ host: '127.0.0.1', port: ports.socketmap });
      wire.send('9:aliases k,8:listed k,');
      await wire.expect('4:OK v,4:OK 1,');
      wire.close();
    }
  });

  test('a list that is fetched is fetched once, and the same in all of them', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const server = await ListServer.start(sends('k\n'));
    try {
      const list = `[http-lookup.l]\nurl = "http://127.0.0.1:${server.port}/"\nformat = "list"\n`;
      const more = (key: string) => `${list}[map.listed]\nlookup = "l"\nkey = "${key}"\n`;
      await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(ports, { more: more('%s') }));
      await daemon.ready(PATIENCE);
      const logged = (text: string, times: number) =>
        until(() => daemon.output.split(text).length > times, `the log says ${text} ${times} times`, PATIENCE);
      /** What each worker answers: connections are spread over them. */
      const answers = async (key: string) => {
        const wires = await Promise.all([1, 2].map(() => Wire.connect({ host: '127.0.0.1', port: ports.socketmap })));
        const got: string[] = [];
        for (const wire of wires) {
          wire.send(`${7 + key.length}:listed ${key},`);
          got.push((await wire.readUntil(',')).toString());
        }
        for (const wire of wires) wire.close();
        return got;
      };
      const found = ['4:OK 1,', '4:OK 1,'];
      await logged('"list loaded"', 1);
      expect(await answers('k')).toEqual(found);
      expect(server.requests).toHaveLength(1);

      server.answer = sends('k\nnew\n');
      daemon.signal('SIGHUP');
      await logged('"list loaded"', 2);
      expect(await answers('new')).toEqual(found);
      server.answer = sends('', {}, 500);
      daemon.configure(config(ports, { more: more('%u') }));
      daemon.signal('SIGHUP');
      await logged('list not loaded: what was loaded before stays', 1);
      expect(daemon.output).toContain('the server answers 500');
      process.kill(workerPids(daemon.output).get(1) ?? 0, 'SIGKILL');
      await logged('worker ready', 3);
      expect(await answers('new@example.com')).toEqual(found);
      expect(server.requests).toHaveLength(3);
      expect(await metric(ports, 'lookupd_list_entries{list="l"}')).toBe(2);
      expect(await metric(ports, 'lookupd_list_loads_total{list="l",result="loaded"}')).toBe(2);
    } finally {
      server.close();
    }
  }, 180_000);

  test('a reload without a listener answers every connection that was made to it', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const path = folder.file('s');
    const socket = `[server.listener.unix]\nprotocol = "socketmap"\nbind = "unix:${path}"\n`;
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(ports, { more: socket }));
    await daemon.ready(PATIENCE);
    const workers = [...workerPids(daemon.output).values()];
    // They are many and wait, since workers take none until the reload is under way.
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    const wires = await Promise.all(Array.from({ length: 300 }, () => Wire.connect({ path })));
    for (const wire of wires) wire.send('9:aliases k,');
    daemon.configure(config(ports));
    daemon.signal('SIGHUP');
    for (const pid of workers) process.kill(pid, 'SIGCONT');
    for (const wire of wires) {
      await wire.expect('4:OK v,');
      await wire.expectEnd();
      wire.close();
    }
    await daemon.logged('configuration reloaded');
    await until(() => !existsSync(path), 'the address that went is closed');
  });

  test('connections are limited over all of them', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const toml = config(ports).replace('protocol = "socketmap"', 'protocol = "socketmap"\nlimits.max-connections = 3');
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    await daemon.ready(PATIENCE);
    const address = { host: '127.0.0.1', port: ports.socketmap };
    const wires: Wire[] = [];
    for (let i = 0; i < 3; i++) {
      const wire = await Wire.connect(address);
      wire.send('9:aliases k,');
      await wire.expect('4:OK v,');
      wires.push(wire);
    }
    const refused = await Wire.connect(address);
    await refused.expect('25:TEMP too many connections,');
    await refused.expectEnd();
    refused.close();
    wires.pop()?.close();
    await until(async () => {
      const again = await Wire.connect(address);
      again.send('9:aliases k,');
      const answer = (await again.readUntil(',')).toString();
      again.close();
      return answer === '4:OK v,';
    }, 'one more is let in');
    for (const wire of wires) wire.close();
  });

  test('a worker that is killed under load is replaced, and no increment is lost', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(ports));
    await daemon.ready(PATIENCE);
    let acknowledged = 0;
    let unknown = 0;
    let running = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (running) {
        await increment(ports).then(
          () => acknowledged++,
          () => unknown++,
        );
      }
    });
    for (let kills = 1; kills <= 3; kills++) {
      await until(() => workerPids(daemon.output).size === 2, 'both workers are there', PATIENCE);
      const before = acknowledged;
      await until(() => acknowledged > before + 20, 'they serve');
      process.kill(workerPids(daemon.output).get(1 + (kills % 2)) ?? 0, 'SIGKILL');
      await until(() => daemon.output.split('a worker has ended').length > kills, 'its end is seen');
    }
    running = false;
    await Promise.all(clients);
    const wire = await Wire.connect({ host: '127.0.0.1', port: ports.resp });
    wire.send('GET count\r\n');
    await wire.readUntil('\r\n');
    const counted = Number((await wire.readUntil('\r\n')).toString());
    wire.close();
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(counted).toBeLessThanOrEqual(acknowledged + unknown);
    await until(() => workerPids(daemon.output).size === 2, 'both workers are there again', PATIENCE);
    expect(await metric(ports, 'lookupd_worker_exits_total{reason="SIGKILL"}')).toBe(3);
  }, 300_000);
});

describe('a daemon that is killed', () => {
  test('leaves nothing that the next one does not remove', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const file = folder.file('lookupd.toml');
    const left = () => readdirSync(folder.path).filter((name) => name.startsWith('lookupd-workers-'));
    {
      await using killed = new ServeProcess(file, config(ports));
      await killed.ready(PATIENCE);
    }
    const [abandoned] = left();
    expect(abandoned).toBeDefined();
    await using daemon = new ServeProcess(file, config(ports));
    await daemon.ready(PATIENCE);
    expect(left()).toHaveLength(1);
    expect(left()).not.toContain(abandoned);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(left()).toEqual([]);
  }, 180_000);
});

describe('a start that fails', () => {
  test('leaves no process and no socket', async () => {
    using folder = temporaryFolder();
    const ports = await portsFor();
    const path = folder.file('s');
    const more = `[server.listener.unix]\nprotocol = "socketmap"\nbind = "unix:${path}"\n[file-lookup.l]\npath = "/nowhere"\nformat = "list"\n`;
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(ports, { more }));
    expect(await daemon.ended()).toBe(75);
    expect(daemon.output).toMatch(/lookupd\.toml:\d+:\d+: .*nowhere/);
    expect(existsSync(path)).toBe(false);
  });
});
