import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/index.js';
import { ManualClock, startServer } from '../../../src/testing/index.js';
import { temporaryFolder } from '../../harness/folder.js';
import { RawClient } from '../../harness/raw-client.js';

it('listens on a unix socket, and leaves none behind', async () => {
  using folder = temporaryFolder();
  const path = folder.file('redis.sock');
  {
    await using server = await startServer({ path });
    await using store = await openStore({ type: 'redis', url: server.url });
    await store.set('k', 'value');
    expect(server.commands.names({ key: 'k' })).toEqual(['SET']);
  }
  expect(existsSync(path)).toBe(false);
});

it('takes directives of redis.conf', async () => {
  await using server = await startServer({ directives: { requirepass: 'secret' } });
  const client = await RawClient.connect(server.port);
  expect(String(await client.ask(['PING']))).toMatch('NOAUTH');
  expect(String(await client.ask(['AUTH', 'secret']))).toBe('+OK\r\n');
  client.close();
});

it('starts again after a crash, with its data or without any', async () => {
  await using server = await startServer();
  server.session.run('SET', 'k', 'value', 'EX', '1000');
  server.session.run('RPUSH', 'list', 'a', 'b');
  const { port } = server;
  await server.kill();
  expect(server.isAlive).toBe(false);
  await expect(RawClient.connect(port)).rejects.toThrow();
  await server.restart();
  expect(server.port).toBe(port);
  const client = await RawClient.connect(port);
  expect(String(await client.ask(['GET', 'k']))).toBe('$5\r\nvalue\r\n');
  expect(server.session.run('LRANGE', 'list', '0', '-1')).toEqual([Buffer.from('a'), Buffer.from('b')]);
  expect(server.session.run('TTL', 'k')).toBeGreaterThan(900);
  client.close();
  await server.restart({ data: 'lost' });
  expect(server.session.run('DBSIZE')).toBe(0);
});

it('stands still as a stopped process: accepts, is silent, and does everything once it goes on', async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  const before = await RawClient.connect(server.port);
  expect(String(await before.ask(['PING']))).toBe('+PONG\r\n');
  server.pause();
  const late = await RawClient.connect(server.port);
  before.send(['INCR', 'n']);
  late.send(['INCR', 'n']);
  await clock.advanceAsync(1000);
  expect(server.commands.count({ command: 'INCR' })).toBe(0);
  server.resume();
  const replies = [...(await before.take(1)), ...(await late.take(1))];
  expect(replies.map(String).toSorted()).toEqual([':1\r\n', ':2\r\n']);
  before.close();
  late.close();
});

it('ends while it stands still, with those that have come meanwhile', async () => {
  const server = await startServer();
  const before = await RawClient.connect(server.port);
  server.pause();
  const late = await RawClient.connect(server.port);
  await server.close();
  await expect(before.ask(['PING'])).rejects.toThrow('closed');
  await expect(late.ask(['PING'])).rejects.toThrow('closed');
});

it('moves locks, rate windows and blocked commands by one clock for server and store', async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  await using store = await openStore({ type: 'redis', url: server.url }, { clock });
  expect(await store.tryLock('l', '30s')).not.toBeNull();
  expect(await store.tryLock('l', '30s')).toBeNull();
  expect((await store.rateLimit('r', '1/1m')).allowed).toBe(true);
  expect((await store.rateLimit('r', '1/1m')).allowed).toBe(false);
  const client = await RawClient.connect(server.port);
  client.send(['BLPOP', 'list', '40']);
  await server.commands.arrived({ command: 'BLPOP' });
  clock.advance(30_000);
  expect(await store.tryLock('l', '30s')).not.toBeNull();
  clock.advance(30_000);
  expect((await store.rateLimit('r', '1/1m')).allowed).toBe(true);
  expect((await client.take(1)).map(String)).toEqual(['*-1\r\n']);
  client.close();
});

it('that cannot be started again has its data still, for the next time', async () => {
  await using server = await startServer();
  server.session.run('SET', 'k', 'value');
  await server.kill();
  const other = createServer().listen(server.port, '127.0.0.1');
  await once(other, 'listening');
  await expect(server.restart()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(server.isAlive).toBe(false);
  await new Promise((resolve) => other.close(resolve));
  await server.restart();
  expect(String(server.session.run('GET', 'k'))).toBe('value');
});
