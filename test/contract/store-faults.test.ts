/**
 * The guard over a real connection that breaks at the worst moment: what was asked for ends in time, is
 * never executed twice when it must not be, and no answer reaches a call it does not belong to.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreError } from '../../src/core/errors.js';
import { openStore } from '../../src/stores/factory.js';
import type { StoreOptions } from '../../src/stores/options.js';
import type { LookupStore } from '../../src/stores/store.js';
import { type Fault, type FaultProxy, startFaultProxy, startServer, type TestServer } from '../../src/testing/index.js';
import { until } from '../harness/until.js';

let server: TestServer;
let proxy: FaultProxy;
let stores: LookupStore[];

beforeEach(async () => {
  server = await startServer();
  proxy = await startFaultProxy({ target: { port: server.port } });
  stores = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  await proxy.close();
  await server.close();
});

async function open(options: Partial<StoreOptions> = {}): Promise<LookupStore> {
  const url = `redis://127.0.0.1:${proxy.port}`;
  const waits = { total: 3, minWait: '5ms', maxWait: '50ms' };
  const store = await openStore({ type: 'redis', url, deadline: '5s', timeout: '300ms', retry: waits, ...options });
  stores.push(store);
  return store;
}

const sent = (name: string) => proxy.commands.count({ command: name });
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: StoreError) => error,
  );

describe('one fault', () => {
  const worst: readonly Fault[] = [
    { kind: 'drop-before' },
    { kind: 'drop-after' },
    { kind: 'cut', bytes: 2 },
    { kind: 'silence' },
  ];

  it.each(worst)('$kind: a read is asked again', async (fault) => {
    const store = await open();
    await store.set('k', 'value');
    proxy.inject({ command: 'GET', fault });
    expect(await store.getText('k')).toBe('value');
    expect(sent('GET')).toBe(2);
  });

  it.each(worst)('$kind: an idempotent write is sent again', async (fault) => {
    const store = await open();
    proxy.inject({ command: 'SET', fault });
    expect(await store.set('k', 'value')).toBe(true);
    expect(sent('SET')).toBe(2);
    expect(await store.getText('k')).toBe('value');
  });

  it.each(worst)('$kind: a counter is told as indeterminate, and sent once', async (fault) => {
    const store = await open();
    proxy.inject({ command: 'INCRBY', fault });
    expect(await failure(store.increment('n'))).toMatchObject({ temporary: true, indeterminate: true, attempts: 1 });
    expect(sent('INCRBY')).toBe(1);
    expect(await store.counter('n')).toBe(fault.kind === 'drop-before' ? 0n : 1n);
  });

  it.each(worst)('$kind: a lock is taken once, by the attempt that is told', async (fault) => {
    const store = await open();
    await (await store.tryLock('warm', 1000))?.unlock();
    proxy.inject({ command: 'EVALSHA', fault });
    const lock = await store.tryLock('l', '1m');
    expect(await store.getText('l')).toBe(lock?.token);
    expect(await lock?.unlock()).toBe(true);
  });

  it.each(['LOADING', 'READONLY', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN'])(
    '%s: a counter is counted once',
    async (word) => {
      const store = await open();
      proxy.inject({ command: 'INCRBY', fault: { kind: 'error', message: word }, times: 2 });
      expect(await store.increment('n')).toBe(1n);
      expect(sent('INCRBY')).toBe(3);
    },
  );
});

describe('a server that does not answer', () => {
  it('is given up at the deadline, and asked again when it is back', async () => {
    const store = await open({ deadline: '400ms', timeout: '100ms', breaker: { openFor: '50ms' } });
    proxy.inject({ fault: { kind: 'silence' }, times: 'always' });
    const started = performance.now();
    expect(await failure(store.get('k'))).toMatchObject({ code: 'TIMEOUT', temporary: true, indeterminate: false });
    expect(performance.now() - started).toBeLessThan(1_500);
    proxy.heal();
    await until(async () => (await failure(store.get('k'))) === 'answered', 'an answer');
  });

  it('is UNREACHABLE when it refuses, costs nothing once its breaker is open, and comes back by itself', async () => {
    const store = await open({ deadline: '400ms', breaker: { failures: 3, openFor: '200ms' } });
    proxy.inject({ fault: { kind: 'refuse' }, times: 'always' });
    proxy.disconnect();
    const codes = new Set<unknown>();
    await until(async () => {
      const error = await failure(store.get('k'));
      codes.add(error === 'answered' ? error : (error as StoreError).code);
      return codes.has('BREAKER_OPEN');
    }, 'the breaker to open');
    expect(codes).not.toContain('answered');
    proxy.heal();
    await until(async () => (await failure(store.get('k'))) === 'answered', 'an answer');
  });
});

describe('late answers', () => {
  it('reach no other call', async () => {
    const store = await open({ timeout: '5s', deadline: '60ms', retry: { total: 0 }, breaker: { failures: 0 } });
    const names = Array.from({ length: 40 }, (_, i) => `k${i}`);
    for (const name of names) server.session.run('SET', Buffer.from(name), Buffer.from(`value of ${name}`));
    proxy.inject({ key: 'k5', fault: { kind: 'delay', ms: 150 }, times: 3 });
    const outcomes: string[] = [];
    for (let round = 0; round < 3; round++) {
      for (const name of names) {
        const value = await store.getText(name).catch((error: StoreError) => error.code);
        if (value !== 'TIMEOUT') expect(value).toBe(`value of ${name}`);
        outcomes.push(String(value));
      }
    }
    expect(outcomes).toContain('TIMEOUT');
    expect(outcomes.filter((outcome) => outcome !== 'TIMEOUT').length).toBeGreaterThan(60);
  });
});

describe('a server that was away', () => {
  it('is asked as soon as it is back, though its breaker would stay open', async () => {
    const store = await open({ breaker: { failures: 1, 'open-for': '10m' } });
    await store.set('k', 'value');
    proxy.inject({ fault: { kind: 'refuse' }, times: 'always' });
    proxy.disconnect();
    await until(async () => {
      const error = await failure(store.get('k'));
      return error instanceof Error && error.code === 'BREAKER_OPEN';
    }, 'the breaker to open');
    proxy.heal();
    await until(async () => (await store.getText('k').catch(() => null)) === 'value', 'an answer');
  });
});
