import { expect, it } from 'vitest';
import { openStore } from '../../../src/stores/factory.js';
import { ManualClock, startServer } from '../../../src/testing/index.js';

it('a fence is past those that were lost when a replica took over', async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  await using store = await openStore({ type: 'redis', url: server.url });
  const known = await store.tryLock('l', '1m');
  const fences = server.session.run('GET', '{l}:fence') as Buffer;
  await known!.unlock();
  const lost = await store.tryLock('l', '1m');
  expect(lost!.fence).toBeGreaterThan(known!.fence);

  server.session.run('DEL', 'l');
  server.session.run('SET', '{l}:fence', fences);
  clock.advance(1);
  const next = await store.tryLock('l', '1m');
  expect(next!.fence).toBeGreaterThan(lost!.fence);
});
