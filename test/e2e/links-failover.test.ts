import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/stores/factory.js';
import type { LookupStore } from '../../src/stores/store.js';
import { requireProgram } from '../harness/programs.js';
import { inStep, type RedisServer, startRedis } from '../harness/redis.js';
import { StoreLoad } from '../harness/store-load.js';
import { until } from '../harness/until.js';

/** Who promotes the replica is the administrator: here the test. */
describe.skipIf(!requireProgram('redis'))(
  'a failover list of a real primary and its replica',
  { timeout: 180_000 },
  () => {
    let primary: RedisServer;
    let replica: RedisServer;
    let store: LookupStore;
    const unhandled: unknown[] = [];
    const noteUnhandled = (error: unknown) => unhandled.push(error);

    beforeEach(async () => {
      process.on('unhandledRejection', noteUnhandled);
      primary = await startRedis();
      replica = await startRedis({ directives: { replicaof: `127.0.0.1 ${primary.port}` } });
      const urls = [primary, replica].map(({ port }) => `redis://127.0.0.1:${port}`);
      store = await openStore({ type: 'redis', 'redis-type': 'failover', urls, deadline: '2s' });
    });

    afterEach(async () => {
      await store.close();
      await replica.stop();
      await primary.stop();
      process.off('unhandledRejection', noteUnhandled);
      expect(unhandled.splice(0)).toEqual([]);
    });

    const inUse = () => store.topology().nodes.find((node) => node.inUse)?.name;
    const nameOf = (server: RedisServer) => `127.0.0.1:${server.port}`;

    async function underLoad(fail: () => Promise<void>): Promise<void> {
      const load = new StoreLoad(store);
      await load.prepare();
      await inStep(primary, 1);
      load.start();
      await load.goesOn(until);
      await fail();
      await load.goesOn(until);
      await load.stop();
      expect(load.wrong).toEqual([]);
      expect((await load.settle()).doubled).toEqual([]);
      expect(inUse()).toBe(nameOf(replica));
    }

    test('reads from the replica once the primary is gone, and writes there when it is promoted', () =>
      underLoad(async () => {
        await primary.kill();
        await until(() => inUse() === nameOf(replica), 'the replica is asked');
        await until(async () => (await store.getText('known:1')) === 'value 1', 'lookups are answered');
        await replica.command('REPLICAOF', 'NO', 'ONE');
      }));

    test('goes to the replica when the primary stops answering', () =>
      underLoad(async () => {
        await replica.command('REPLICAOF', 'NO', 'ONE');
        primary.pause();
        await until(() => inUse() === nameOf(replica), 'the replica is asked', 60_000);
      }));
  },
);
