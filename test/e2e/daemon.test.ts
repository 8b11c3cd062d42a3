import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { Postmap } from '../harness/postmap.js';
import { requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';

/** The daemon as a process: signals, exit statuses, what it logs. */

function config(socketmap: number, http: number, value = 'v'): string {
  return `
[store.local]
type = "embedded"
[store.local.data]
"alias:k" = "${value}"
[map.aliases]
store = "local"
key = "alias:%s"
[server.listener.postfix]
protocol = "socketmap"
bind = "127.0.0.1:${socketmap}"
[server.listener.health]
protocol = "http"
bind = "127.0.0.1:${http}"
serve = ["lookup", "health", "metrics"]
`;
}

const ASK = '9:aliases k,';

describe('an embedded store', () => {
  test('start, answer, reload, keep the old configuration on an error, stop', async () => {
    using folder = temporaryFolder();
    const [port = 0, http = 0] = await freePorts(2);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), config(port, http));
    await daemon.ready();
    expect(daemon.output).toContain(`try: postmap -q k socketmap:inet:127.0.0.1:${port}:aliases`);
    expect(daemon.output).toContain(`try: curl http://127.0.0.1:${http}/lookup/aliases/k`);
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    wire.send(ASK);
    await wire.expect('4:OK v,');

    daemon.configure(config(port, http, 'new'));
    daemon.signal('SIGHUP');
    await daemon.logged('configuration reloaded');
    wire.send(ASK);
    await wire.expect('6:OK new,');

    daemon.configure(`${config(port, http, 'newer')}\n[map.aliases2]\nstor = "local"\n`);
    daemon.signal('SIGHUP');
    await daemon.logged('the old configuration stays');
    expect(daemon.output).toContain('lookupd.toml:18:1: unknown key');
    wire.send(ASK);
    await wire.expect('6:OK new,');

    const ready = await fetch(`http://127.0.0.1:${http}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'ready', stores: [{ store: 'local' }] });
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    await wire.expectEnd();
    expect(daemon.output).toContain('"msg":"stopped"');
    wire.close();
  });

  test.each([
    ['a configuration with errors', '[store.local]\ntype = "embeded"\n', 1, /lookupd\.toml:2:8: error: /],
    ['nothing to serve', '[store.local]\ntype = "embedded"\n', 1, /there is nothing to serve/],
  ])('%s', async (_, toml, status, output) => {
    using folder = temporaryFolder();
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    expect(await daemon.ended()).toBe(status);
    expect(daemon.output).toMatch(output);
  });

  test('an address in use', async () => {
    using folder = temporaryFolder();
    const [port = 0, http = 0, other = 0] = await freePorts(3);
    await using first = new ServeProcess(folder.file('first.toml'), config(port, http));
    await first.ready();
    await using second = new ServeProcess(folder.file('second.toml'), config(port, other));
    expect(await second.ended()).toBe(75);
    expect(second.output).toContain(`cannot start: cannot listen on 127.0.0.1:${port}: the address is in use`);
  });
});

describe.skipIf(!requireProgram('redis') || !requireProgram('postfix'))('a real Redis', () => {
  function redisConfig(redis: number, socketmap: number, http: number): string {
    return config(socketmap, http).replace(
      /\[store\.local\][^[]*\[store\.local\.data\]\n.*\n/,
      `[store.local]\ntype = "redis"\nurl = "redis://:hunter2@127.0.0.1:${redis}"\ndeadline = "2s"\n`,
    );
  }

  test('answers, says "temporary" while it is down and never "not found", and comes back by itself', async () => {
    using folder = temporaryFolder();
    const [port = 0, http = 0] = await freePorts(2);
    const redis = await startRedis({ password: 'hunter2' });
    const postmap = new Postmap();
    try {
      await redis.command('SET', 'alias:k', 'from redis');
      await using daemon = new ServeProcess(folder.file('lookupd.toml'), redisConfig(redis.port, port, http));
      await daemon.ready();
      const table = `socketmap:inet:127.0.0.1:${port}:aliases`;
      expect(await postmap.query(table, 'k')).toEqual({ status: 0, stdout: 'from redis\n', stderr: '' });
      expect(await postmap.query(table, 'nobody')).toEqual({ status: 1, stdout: '', stderr: '' });

      await redis.kill();
      const wire = await Wire.connect({ host: '127.0.0.1', port });
      for (let i = 0; i < 20; i++) {
        wire.send(ASK);
        expect((await wire.readUntil(',')).toString()).toMatch(/^\d+:TEMP store "local"/);
      }
      const failed = await postmap.query(table, 'nobody');
      expect(failed).toMatchObject({ status: 1, stdout: '' });
      expect(failed.stderr).toMatch(/store "local"/);
      const ready = await fetch(`http://127.0.0.1:${http}/readyz`);
      expect([ready.status, await ready.json()]).toMatchObject([200, { stores: [{ state: 'down' }] }]);

      await redis.restart();
      await redis.command('SET', 'alias:k', 'back');
      const answer = async () => {
        wire.send(ASK);
        return (await wire.readUntil(',')).toString();
      };
      await until(async () => (await answer()) === '7:OK back,', 'the store is back');
      wire.close();
      daemon.signal('SIGINT');
      expect(await daemon.ended()).toBe(0);
      expect(daemon.output).not.toContain('hunter2');
      const failures = daemon.output.match(/lookup failed: temporary/g) ?? [];
      expect(failures.length).toBeLessThan(5);
    } finally {
      postmap.remove();
      await redis.stop();
    }
  });

  test('starts also while the store is down', async () => {
    using folder = temporaryFolder();
    const [redis = 0, port = 0, http = 0] = await freePorts(3);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), redisConfig(redis, port, http));
    await daemon.ready();
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    wire.send(ASK);
    expect((await wire.readUntil(',')).toString()).toMatch(/TEMP/);
    wire.close();
  });
});
