import fs, { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { StoreError } from '../../../src/core/errors.js';
import { EmbeddedLink } from '../../../src/links/embedded.js';
import { Server } from '../../../src/server/server.js';
import { openStore } from '../../../src/stores/factory.js';
import type { StoreOptions } from '../../../src/stores/options.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { temporaryFolder } from '../../harness/folder.js';
import { freePorts } from '../../harness/ports.js';
import { RawClient } from '../../harness/raw-client.js';
import { until } from '../../harness/until.js';

type Options = Omit<Extract<StoreOptions, { type: 'embedded' }>, 'type'>;

let folder: ReturnType<typeof temporaryFolder>;
const stores: LookupStore[] = [];

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  folder[Symbol.dispose]();
});

async function open(options: Options = {}): Promise<LookupStore> {
  const store = await openStore({ type: 'embedded', id: 'local', path: folder.path, ...options });
  stores.push(store);
  return store;
}

describe('an embedded store with a path', () => {
  for (const appendonly of [true, false]) {
    it(`has its data again after it was closed (appendonly = ${appendonly})`, async () => {
      const path = folder.file('made/on/the/way');
      const first = await open({ path, appendonly });
      await first.set('k', 'v');
      await first.increment('n', 5);
      await first.close();
      const second = await open({ path, appendonly });
      expect(await second.getText('k')).toBe('v');
      expect(await second.counter('n')).toBe(5n);
      expect(existsSync(`${path}/appendonlydir`)).toBe(appendonly);
    });
  }

  it('has two kinds of files where both are wanted, and none of a kind that is not', async () => {
    const store = await open({ save: '' });
    await store.set('k', 'v');
    await store.close();
    expect(folder.names()).toEqual(['appendonlydir']);
    const again = await open();
    await again.set('k', 'w');
    await again.close();
    expect(folder.names().sort()).toEqual(['appendonlydir', 'dump.rdb']);
  });

  it('begins its append-only file with the snapshot that is there', async () => {
    const first = await open({ appendonly: false });
    await first.set('k', 'v');
    await first.close();
    const second = await open();
    expect(await second.getText('k')).toBe('v');
    await second.set('k', 'w');
    await second.close();
    expect(await (await open()).getText('k')).toBe('w');
  });

  it('has the data of a snapshot that is put in the place of its files', async () => {
    const first = await open();
    await first.set('k', 'v');
    await first.command('SAVE');
    copyFileSync(folder.file('dump.rdb'), folder.file('backup'));
    await first.set('k', 'w');
    await first.close();
    renameSync(folder.file('appendonlydir'), folder.file('appendonlydir.old'));
    copyFileSync(folder.file('backup'), folder.file('dump.rdb'));
    expect(await (await open()).getText('k')).toBe('v');
  });

  it('does not leave an append-only file unread', async () => {
    await (await open()).close();
    await expect(open({ appendonly: false })).rejects.toThrow(/appendonlydir holds the data/);
  });

  it('keeps what was written to keys of its data', async () => {
    const data = { a: '1', b: '1' };
    const first = await open({ data });
    await first.set('a', '2');
    await first.close();
    const second = await open({ data: { ...data, c: '1' } });
    expect(await Promise.all(['a', 'b', 'c'].map((key) => second.getText(key)))).toEqual(['2', '1', '1']);
  });

  it('lets nobody else have the folder', async () => {
    await open();
    await expect(open()).rejects.toThrow(StoreError);
    await expect(open()).rejects.toThrow(`is in use by process ${process.pid}`);
  });

  it('lets nobody else have a folder that only SAVE writes to', async () => {
    await open({ appendonly: false, save: '' });
    await expect(open({ appendonly: false, save: '' })).rejects.toThrow(`is in use by process ${process.pid}`);
  });

  it('says why it cannot be opened, and leaves nothing open', async () => {
    mkdirSync(folder.file('dump.rdb'));
    await expect(open({ appendonly: false })).rejects.toThrow(/EISDIR/);
    await expect(open({ appendonly: false })).rejects.toThrow(/EISDIR/);
  });

  it('answers a write under appendfsync = "always" once it is synced, and does not wait to read', async () => {
    const store = await open({ appendfsync: 'always' });
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.set(`k${i}`, 'v')));
    expect(await store.getText('k7')).toBe('v');
    await store.transact([{ kind: 'set', key: 'k', value: 'v' }]);
    await store.close();
    expect(await (await open()).getText('k')).toBe('v');
  });

  describe('under appendfsync = "always", when the disk fails', () => {
    const { writeSync, fdatasync, fdatasyncSync } = fs;
    const failing = (code: string) => Object.assign(new Error(code), { code });
    afterEach(() => {
      Object.assign(fs, { writeSync, fdatasync, fdatasyncSync });
      syncBuiltinESMExports();
    });

    const failures: Readonly<Record<string, () => void>> = {
      'to write': () => {
        fs.writeSync = () => {
          throw failing('ENOSPC');
        };
      },
      'to sync': () => {
        fs.fdatasync = ((_: number, ended: (error: Error) => void) => setImmediate(ended, failing('EIO'))) as never;
        fs.fdatasyncSync = () => {
          throw failing('EIO');
        };
      },
    };
    const calls: Readonly<Record<string, (store: LookupStore) => Promise<unknown>>> = {
      'a command': (store) => store.increment('k'),
      'a script': (store) => store.transact([{ kind: 'set', key: 'k', value: 'v' }]),
    };
    for (const [failure, fail] of Object.entries(failures)) {
      for (const [title, call] of Object.entries(calls)) {
        it(`does not say that ${title} is stored that it fails ${failure}`, async () => {
          const store = await open({ appendfsync: 'always' });
          fail();
          syncBuiltinESMExports();
          await expect(call(store)).rejects.toMatchObject({ code: 'UNREACHABLE', indeterminate: true });
          await expect(store.increment('k')).rejects.toMatchObject({ code: 'UNREACHABLE', indeterminate: false });
        });
      }

      it(`says it of no command of a pipeline that it fails ${failure}`, async () => {
        const store = await open({ appendfsync: 'always' });
        fail();
        syncBuiltinESMExports();
        const commands = [['INCR', 'k'] as const, ['INCR', 'k'] as const];
        await expect(store.pipeline(commands)).rejects.toMatchObject({ code: 'UNREACHABLE', indeterminate: true });
      });
    }
  });

  it('does not answer in a conversation what cannot be written under appendfsync = "always"', async () => {
    const { writeSync } = fs;
    const directives = { dir: folder.path, appendonly: 'yes', appendfsync: 'always' };
    const server = await Server.start({ directives });
    const link = new EmbeddedLink(server, systemClock, { open: async () => undefined, close: () => server.close() });
    const [node] = await link.primaries();
    const conversation = await node!.converse({ told: () => undefined, lost: () => undefined }, 0);
    fs.writeSync = () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();
    try {
      await expect(conversation.ask(['INCR', 'k'])).rejects.toThrow('the server has ended');
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
  });

  it('fails temporarily once its server has ended', async () => {
    const [port = 0] = await freePorts(1);
    const store = await open({ listen: `127.0.0.1:${port}` });
    (await RawClient.connect(port)).send(['SHUTDOWN', 'NOW']);
    await until(() => !existsSync(folder.file('.lookupd.lock')), 'the folder is free');
    await expect(store.get('k')).rejects.toMatchObject({ code: 'UNREACHABLE', temporary: true });
    await expect(store.set('k', 'v')).rejects.toMatchObject({ code: 'UNREACHABLE', temporary: true });
  });
});

describe('an embedded store that others reach', () => {
  it('listens where it is told to, for those who know the password', async () => {
    const [port = 0] = await freePorts(1);
    const socket = folder.file('redis.sock');
    const store = await open({
      listen: [`127.0.0.1:${port}`, `unix:${socket}`],
      mode: '0600',
      password: 'secret',
    });
    await store.set('k', 'v');
    const client = await RawClient.connect(port);
    expect(String(await client.ask(['GET', 'k']))).toMatch(/^-NOAUTH/);
    expect(String(await client.ask(['AUTH', 'secret']))).toBe('+OK\r\n');
    expect(String(await client.ask(['GET', 'k']))).toBe('$1\r\nv\r\n');
    expect(String(await client.ask(['CONFIG', 'GET', 'port']))).toContain(String(port));
    client.close();
    await using other = await openStore({ type: 'redis', url: `unix://${socket}?pass=secret` });
    expect(await other.getText('k')).toBe('v');
  });

  it('says when it cannot listen there', async () => {
    const listen = `unix:${folder.file('missing')}/redis.sock`;
    await expect(open({ listen })).rejects.toThrow(/cannot listen on .*redis\.sock/);
  });

  it('is followed by another one', async () => {
    const [port = 0] = await freePorts(1);
    const primary = await open({ listen: `127.0.0.1:${port}`, password: 'secret' });
    await primary.set('k', 'v');
    const replica = await open({ path: folder.file('replica'), replicaof: `redis://:secret@127.0.0.1:${port}` });
    await until(async () => (await replica.getText('k')) === 'v', 'the replica has it');
    await primary.set('k', 'w');
    await until(async () => (await replica.getText('k')) === 'w', 'the replica follows');
    await expect(replica.set('k', 'x')).rejects.toMatchObject({ temporary: true });
  });
});
