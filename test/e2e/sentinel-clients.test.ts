import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSentinels, type TestSentinels } from '../../src/testing/index.js';
import { until } from '../harness/until.js';

/** Clients that ask our sentinels for the primary, and go on with the next one. */
let setup: TestSentinels;

beforeEach(async () => {
  setup = await startSentinels();
});

afterEach(async () => {
  await setup.close();
});

/** Asks until it is answered: a client may still try where the primary was. */
async function answered(ask: () => Promise<unknown>, what: string): Promise<void> {
  const succeeds = async () => {
    try {
      await ask();
      return true;
    } catch {
      return false;
    }
  };
  await until(succeeds, what);
}

it.each(['alive', 'killed'])('ioredis follows from a primary that is %s', async (state) => {
  const client = new Redis({
    sentinels: setup.addresses,
    name: setup.name,
    sentinelRetryStrategy: () => 50,
    retryStrategy: () => 50,
  });
  client.on('error', () => undefined);
  const reader = new Redis({ sentinels: setup.addresses, name: setup.name, role: 'slave', retryStrategy: () => 50 });
  reader.on('error', () => undefined);
  try {
    expect(await client.set('greeting', 'hello')).toBe('OK');
    expect(await client.role()).toEqual(['master', expect.any(Number), expect.any(Array)]);
    await setup.inStep();
    expect(await reader.get('greeting')).toBe('hello');
    expect((await reader.role())[0]).toBe('slave');

    if (state === 'killed') await setup.kill(setup.primary);
    const successor = await setup.failover();
    await answered(() => client.set('greeting', 'again'), 'ioredis writes again');
    expect(String(successor.session.run('GET', 'greeting'))).toBe('again');
  } finally {
    client.disconnect();
    reader.disconnect();
  }
});

it.each(['alive', 'killed'])('node-redis follows from a primary that is %s', async (state) => {
  const client = createSentinel({
    name: setup.name,
    sentinelRootNodes: setup.addresses,
    scanInterval: 100,
    nodeClientOptions: { socket: { reconnectStrategy: 50 } },
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    expect(await client.set('greeting', 'hello')).toBe('OK');
    await setup.inStep();
    if (state === 'killed') await setup.kill(setup.primary);
    const successor = await setup.failover();
    const isThere = () => String(successor.session.run('GET', 'greeting')) === 'again';
    const writes = async () => {
      await client.set('greeting', 'again');
      if (!isThere()) throw new Error('it went elsewhere');
    };
    await answered(writes, 'node-redis writes to the new primary');
    expect(await client.get('greeting')).toBe('again');
  } finally {
    await client.destroy();
  }
});

it('ioredis hears of the change, and logs in to sentinels and servers', async () => {
  await using locked = await startSentinels({ replicas: 1, sentinels: 1, directives: { requirepass: 'secret' } });
  const [sentinel] = locked.sentinels as [(typeof locked.sentinels)[number]];
  sentinel.session.run('ACL', 'SETUSER', 'default', '>word');
  const client = new Redis({
    sentinels: locked.addresses,
    name: locked.name,
    password: 'secret',
    sentinelPassword: 'word',
  });
  client.on('error', () => undefined);
  const listener = new Redis(sentinel.port, { password: 'word' });
  listener.on('error', () => undefined);
  try {
    expect(await client.set('greeting', 'hello')).toBe('OK');
    const heard: string[] = [];
    listener.on('message', (channel, text) => void heard.push(`${channel} ${text}`));
    await listener.subscribe('+switch-master');
    const { port } = locked.primary;
    const successor = await locked.failover();
    await until(() => heard.length > 0, 'the change is heard of');
    expect(heard).toEqual([`+switch-master mymaster 127.0.0.1 ${port} 127.0.0.1 ${successor.port}`]);
  } finally {
    client.disconnect();
    listener.disconnect();
  }
});
