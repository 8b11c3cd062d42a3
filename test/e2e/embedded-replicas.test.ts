import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

describe.skipIf(!requireProgram('redis'))('an embedded store and a real redis-server', () => {
  it('is its primary', async () => {
    using folder = temporaryFolder();
    const [port] = await freePorts(1);
    await using store = await openStore({
      type: 'embedded',
      path: folder.path,
      listen: `127.0.0.1:${port}`,
      password: 'secret',
    });
    const redis = await startRedis({ directives: { masterauth: 'secret' } });
    try {
      await store.set('before', '1');
      await redis.command('REPLICAOF', '127.0.0.1', String(port));
      await until(async () => String(await redis.command('GET', 'before')) === '1', 'the snapshot is there');
      await store.increment('counter', 5);
      await until(async () => String(await redis.command('GET', 'counter')) === '5', 'what followed is there');
    } finally {
      await redis.stop();
    }
  });

  it('is its replica, to be read', async () => {
    using folder = temporaryFolder();
    const redis = await startRedis();
    try {
      await redis.command('SET', 'before', '1');
      const replicaof = `redis://127.0.0.1:${redis.port}`;
      await using store = await openStore({ type: 'embedded', path: folder.path, replicaof });
      await until(async () => (await store.getText('before')) === '1', 'the snapshot is there');
      await redis.command('INCRBY', 'counter', '5');
      await until(async () => (await store.getText('counter')) === '5', 'what followed is there');
      await expect(store.set('own', '1')).rejects.toThrow(/READONLY|read.only/i);
    } finally {
      await redis.stop();
    }
  });

  it('is its replica over TLS, by the certificate that it trusts and shows', async () => {
    const redis = await startRedis({ tls: true, directives: { 'tls-auth-clients': 'yes' } });
    try {
      await redis.command('SET', 'before', '1');
      const { ca, clientCert, clientKey } = redis.certificates!;
      const replicaof = `rediss://localhost:${redis.tlsPort}`;
      await using stranger = await openStore({ type: 'embedded', replicaof, tls: { ca } });
      const tls = { ca, cert: clientCert, key: clientKey };
      await using store = await openStore({ type: 'embedded', replicaof, tls });
      await until(async () => (await store.getText('before')) === '1', 'the snapshot is there');
      await redis.command('INCRBY', 'counter', '5');
      await until(async () => (await store.getText('counter')) === '5', 'what followed is there');
      expect(await stranger.getText('before')).toBeNull();
    } finally {
      await redis.stop();
    }
  });
});
