import { existsSync, statSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/testing/clock.js';
import { TestDaemon, type TestDaemonOptions } from '../../harness/daemon.js';
import { temporaryFolder } from '../../harness/folder.js';
import { freePorts } from '../../harness/ports.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

let daemon: TestDaemon | undefined;

afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

async function start(toml: string, options?: TestDaemonOptions): Promise<TestDaemon> {
  daemon = await TestDaemon.start(toml, options);
  return daemon;
}

function config(port: number | string, data: string, more = ''): string {
  const bind = typeof port === 'number' ? `127.0.0.1:${port}` : port;
  return `
[store.local]
type = "embedded"
[store.local.data]
${data}
[map.users]
store = "local"
[server.listener.postfix]
protocol = "socketmap"
bind = "${bind}"
${more}
`;
}

const ASK = '7:users k,';

describe('reload', () => {
  test('changes what is answered, on connections that stay open', async () => {
    const running = await start(config(0, 'k = "old"'));
    const wire = await Wire.connect(running.address('postfix'));
    wire.send(ASK);
    await wire.expect('6:OK old,');
    await running.reload(config(0, 'k = "new"'));
    wire.send(ASK);
    await wire.expect('6:OK new,');
    wire.close();
  });

  test('keeps what else was written to an embedded store, and deletes what left the file', async () => {
    const running = await start(config(0, 'k = "1"\ngone = "1"'));
    const { values } = running.store('local');
    values.set('k', Buffer.from('changed'));
    values.set('other', Buffer.from('x'));
    await running.reload(config(0, 'k = "1"'));
    expect([...values.keys()].sort()).toEqual(['k', 'other']);
    expect(values.get('k')?.toString()).toBe('changed');
  });

  test('opens only stores that changed, and closes them when nobody waits for them any more', async () => {
    const running = await start(config(0, 'k = "1"', '[store.second]\ntype = "embedded"\ntimeout = "1s"'));
    const [local, second] = [running.store('local'), running.store('second')];
    let open = () => {};
    local.gate = new Promise((resolve) => {
      open = resolve;
    });
    const wire = await Wire.connect(running.address('postfix'));
    wire.send(ASK);
    await until(() => local.calls.length > 1, 'the lookup is under way');
    await running.reload(config(0, 'k = "2"').replace('type = "embedded"', 'type = "embedded"\ntimeout = "2s"'));
    expect(running.store('local')).not.toBe(local);
    expect(local.closed).toBe(false);
    open();
    await wire.expect('4:OK 1,');
    await until(() => local.closed && second.closed, 'the old stores are closed');
    wire.send(ASK);
    await wire.expect('4:OK 2,');
    wire.close();
  });

  test.each([
    ['a configuration with errors', () => 'nonsense = 1', /unknown section/],
    [
      'an address in use',
      (port: number) => config(0, 'k = "2"', `[server.listener.b]\nprotocol = "http"\nbind = "127.0.0.1:${port}"`),
      /in use/,
    ],
    ['a store that does not open', () => config(0, 'k = "2"', '[store.bad]\ntype = "embedded"'), /no store today/],
  ])('%s changes nothing', async (_, change, message) => {
    const other = await TestDaemon.start(config(0, 'k = "other"'));
    const running = await start(config(0, 'k = "old"'));
    const wire = await Wire.connect(running.address('postfix'));
    running.failToOpen.add('bad');
    await expect(running.reload(change(other.port('postfix')))).rejects.toThrow(message);
    wire.send(ASK);
    await wire.expect('6:OK old,');
    expect(await running.daemon.metrics.render()).toMatch(/lookupd_reloads_total\{result="failed"\} 1/);
    wire.close();
    await other.stop();
  });

  test.each([
    ['an owner that is not there', 'mode = "0600"\nowner = "no-such-user"', ''],
    ['an address in use', 'mode = "0600"', '[server.listener.z]\nprotocol = "http"\nbind = "127.0.0.1:PORT"'],
    ['a store that does not open', 'mode = "0600"', '[store.bad]\ntype = "embedded"'],
  ])('%s leaves the permissions of a unix socket as they were', async (_, keys, more) => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const other = await TestDaemon.start(config(0, 'k = "other"'));
    const running = await start(config(`unix:${path}`, 'k = "old"', 'mode = "0640"'));
    running.failToOpen.add('bad');
    const broken = more.replace('PORT', String(other.port('postfix')));
    await expect(running.reload(config(`unix:${path}`, 'k = "new"', `${keys}\n${broken}`))).rejects.toThrow();
    expect(statSync(path).mode & 0o777).toBe(0o640);
    await running.reload(config(`unix:${path}`, 'k = "new"', 'mode = "0600"'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await other.stop();
  });

  test('addresses that stay are never closed, ones that go are, new ones open', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const [port = 0, newPort = 0] = await freePorts(2);
    const running = await start(
      config(port, 'k = "1"', `[server.listener.b]\nprotocol = "http"\nbind = "unix:${path}"`),
    );
    const failures: unknown[] = [];
    let asking = true;
    const loop = (async () => {
      while (asking) {
        const wire = await Wire.connect({ host: '127.0.0.1', port }).catch(
          (error: unknown) => void failures.push(error),
        );
        wire?.close();
      }
    })();
    const moved = `[server.listener.c]\nprotocol = "http"\nserve = ["health"]\nbind = "127.0.0.1:${newPort}"`;
    await running.reload(config(port, 'k = "2"', moved));
    asking = false;
    await loop;
    expect(failures).toEqual([]);
    await until(() => !existsSync(path), 'the address that went is closed');
    expect(running.daemon.addresses.map((one) => one.listener)).toEqual(['postfix', 'c']);
    const health = await Wire.connect({ host: '127.0.0.1', port: newPort });
    health.send('GET /livez HTTP/1.0\r\n\r\n');
    await health.expect('HTTP/1.1 200 OK');
    health.close();
  });

  test('an address that goes can be had again at once, and what is changed back and forth is served', async () => {
    using folder = temporaryFolder();
    const path = folder.file('s');
    const running = await start(config(`unix:${path}`, 'k = "1"'));
    await running.reload(config(0, 'k = "1"'));
    await running.reload(config(`unix:${path}`, 'k = "2"'));
    const wire = await Wire.connect({ path });
    wire.send(ASK);
    await wire.expect('4:OK 2,');
    wire.close();
  });

  test('an address may change its protocol without being closed', async () => {
    const [port = 0] = await freePorts(1);
    const running = await start(config(port, 'k = "1"'));
    const old = await Wire.connect({ host: '127.0.0.1', port });
    old.send(ASK);
    await old.expect('4:OK 1,');
    await running.reload(config(port, 'k = "1"').replace('"socketmap"', '"tcp-table"\nmap = "users"'));
    await old.expectEnd();
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    wire.send('get k\n');
    await wire.expect('200 1\n');
    wire.close();
  });

  test('limits change too', async () => {
    const running = await start(config(0, 'k = "1"'));
    await running.reload(config(0, 'k = "1"', 'limits.max-connections = 1'));
    const first = await Wire.connect(running.address('postfix'));
    first.send(ASK);
    await first.expect('4:OK 1,');
    const second = await Wire.connect(running.address('postfix'));
    await second.expect('25:TEMP too many connections,');
    await second.expectEnd();
    first.close();
    second.close();
  });
});

describe('start', () => {
  test('an address that cannot be had opens nothing', async () => {
    const other = await TestDaemon.start(config(0, 'k = "1"'));
    const taken = `[server.listener.b]\nprotocol = "http"\nbind = "127.0.0.1:${other.port('postfix')}"`;
    const [port = 0] = await freePorts(1);
    const stores: TestDaemon['stores'][] = [];
    await expect(
      TestDaemon.start(config(port, 'k = "1"', taken), { onStores: (map) => stores.push(map) }),
    ).rejects.toThrow(/in use/);
    await expect(Wire.connect({ host: '127.0.0.1', port })).rejects.toThrow(/ECONNREFUSED/);
    expect(stores[0]?.size).toBe(0);
    await other.stop();
  });
});

describe('stop', () => {
  test('answers what was asked, then closes connections and stores', async () => {
    const running = await start(config(0, 'k = "1"'));
    const local = running.store('local');
    let open = () => {};
    local.gate = new Promise((resolve) => {
      open = resolve;
    });
    const wire = await Wire.connect(running.address('postfix'));
    const address = running.address('postfix');
    wire.send(ASK);
    await until(() => local.calls.length > 1, 'the lookup is under way');
    const stopped = running.stop();
    await until(
      async () =>
        (await Wire.connect(address).then(
          (other) => other.close(),
          () => 'refused',
        )) === 'refused',
      'nobody is let in',
    );
    expect(running.daemon.health.report()).toMatchObject({ ready: false, status: 'stopping' });
    open();
    await wire.expect('4:OK 1,');
    await wire.expectEnd();
    wire.close();
    await stopped;
    expect(local.closed).toBe(true);
    await expect(running.reload(config(0, ''))).rejects.toThrow(/stopping/);
  });

  test('is bounded by the longest deadline of a store', async () => {
    const clock = new ManualClock();
    const running = await start(config(0, 'k = "1"').replace('"embedded"', '"embedded"\ndeadline = "7s"'), { clock });
    running.store('local').gate = new Promise(() => {});
    const wire = await Wire.connect(running.address('postfix'));
    wire.send(ASK);
    await until(() => running.store('local').calls.length > 1, 'the lookup is under way');
    let stopped = false;
    const alarms = clock.pending;
    const stopping = running.stop().then(() => {
      stopped = true;
    });
    await until(() => clock.pending > alarms, 'the end has a bound');
    await clock.advanceAsync(7_900);
    expect(stopped).toBe(false);
    await clock.advanceAsync(100);
    await stopping;
    await wire.expectEnd();
  });
});

test('failures are logged once per quiet time, with how many there were', async () => {
  const clock = new ManualClock();
  const running = await start(config(0, ''), { clock });
  running.store('local').failure = 'UNREACHABLE';
  const wire = await Wire.connect(running.address('postfix'));
  const failOnce = async () => {
    wire.send(ASK);
    await wire.readUntil('unreachable,');
  };
  for (let i = 0; i < 5; i++) await failOnce();
  clock.advance(10_000);
  await failOnce();
  const warnings = running.logged.filter((line) => line['msg'] === 'lookup failed: temporary');
  expect(warnings).toMatchObject([{ listener: 'postfix', map: 'users' }, { times: 4 }]);
  expect(warnings[0]).not.toHaveProperty('times');
  wire.close();
});
