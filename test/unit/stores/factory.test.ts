import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, openStore, openStores } from '../../../src/index.js';
import type { StoreOptions } from '../../../src/stores/options.js';
import { freePorts } from '../../harness/ports.js';
import { Told } from './harness.js';

const closing: { close(): unknown }[] = [];
const kept = <T extends { close(): unknown }>(opened: T): T => {
  closing.push(opened);
  return opened;
};

afterEach(async () => {
  for (const opened of closing.splice(0)) await opened.close();
});

async function unusedUrl(): Promise<string> {
  const [port] = await freePorts(1);
  return `redis://127.0.0.1:${port}`;
}

describe('openStores', () => {
  it('opens every store of a configuration, with the data of the embedded ones', async () => {
    const config = loadConfig({
      text: `
        [store."a"]
        type = "embedded"
        [store."a".data]
        "k" = "v"
        [store."b"]
        type = "embedded"
        key-prefix = "p:"`,
    });
    await using stores = await openStores(config);
    expect([...stores.keys()].sort()).toEqual(['a', 'b']);
    expect(await stores.get('a')!.getText('k')).toBe('v');
    expect(await stores.get('b')!.getText('k')).toBeNull();
    expect(stores.get('a')!.name).toBe('a');
  });

  it('starts although a server is down, tells so, and fails its calls only', async () => {
    const url = await unusedUrl();
    const config = loadConfig({
      text: `
        [store."down"]
        type = "redis"
        url = "${url}"
        deadline = "200ms"
        [store."up"]
        type = "embedded"`,
    });
    const warnings: object[] = [];
    const log = { info() {}, warn: (details: object) => void warnings.push(details) };
    await using stores = await openStores(config, { log });
    expect(warnings).toContainEqual({ store: 'down', code: 'UNREACHABLE' });
    await expect(stores.get('down')!.get('k')).rejects.toMatchObject({ store: 'down', temporary: true });
    expect(await stores.get('up')!.get('k')).toBeNull();
  });

  it('opens nothing when a store that must be there is not', async () => {
    const url = await unusedUrl();
    let connections = 0;
    let ended: () => void = () => {};
    const left = new Promise<void>((resolve) => (ended = resolve));
    const other = kept(
      createServer((socket) => {
        connections++;
        socket
          .on('data', () => socket.write('+OK\r\n'))
          .on('close', ended)
          .on('error', () => {});
      }),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const config = loadConfig({
      text: `
        [store."down"]
        type = "redis"
        url = "${url}"
        shutdown-on-error = true
        [store."other"]
        type = "redis"
        url = "redis://127.0.0.1:${port}"
        protocol-version = "resp2"`,
    });
    await expect(openStores(config)).rejects.toMatchObject({ code: 'UNREACHABLE', store: 'down', operation: 'open' });
    await left;
    expect(connections).toBe(1);
  });

  it('does not connect before the first call with lazy-connect, whatever else is said', async () => {
    const store = kept(
      await openStore({
        type: 'redis',
        url: await unusedUrl(),
        lazyConnect: true,
        shutdownOnError: true,
        deadline: '100ms',
      }),
    );
    await expect(store.get('k')).rejects.toMatchObject({ temporary: true });
  });
});

describe('openStore', () => {
  it('takes the keys of the file, in kebab-case or camelCase, sections as objects', async () => {
    const told = new Told();
    const options = {
      id: 'mine',
      type: 'embedded',
      'key-prefix': 'p"\n:',
      retry: { minWait: '5ms', 'max-wait': '1s' },
      data: { someKey: 'v' },
    };
    const store = kept(await openStore(options as StoreOptions, { observer: () => told }));
    expect(store.name).toBe('mine');
    expect(await store.getText('someKey')).toBe('v');
    expect(await store.command('EXISTS', 'p"\n:someKey')).toBe(1);
  });

  it.each([
    ['an unknown key', { type: 'embedded', tiemout: '1s' }, /tiemout/],
    ['an impossible value', { type: 'redis', url: 'redis://127.0.0.1', timeout: '0s' }, /timeout/],
    ['no address', { type: 'redis' }, /url/],
    ['an unknown type', { type: 'rocksdb' }, /type|rocksdb/],
  ])('refuses %s as a file would be', async (_, options, message) => {
    await expect(openStore(options as StoreOptions)).rejects.toSatisfy(
      (error) => error instanceof ConfigError && message.test(error.problems.map((problem) => problem.message).join()),
    );
  });
});
