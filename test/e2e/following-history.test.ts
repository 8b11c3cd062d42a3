import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listenAsConfigured } from '../../src/server/launch.js';
import { createCertificates } from '../harness/certificates.js';
import { temporaryFolder } from '../harness/folder.js';
import { closeNodes, Node } from '../harness/node.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

afterEach(closeNodes);

const FILES = { save: '3600 1', 'repl-ping-replica-period': '3600', 'enable-debug-command': 'yes' };

describe('a server that saves, ends and starts again', () => {
  it('is the primary of the same history: its replica goes on without a snapshot', async () => {
    using folder = temporaryFolder();
    const directives = { dir: folder.path, ...FILES };
    const first = await Node.start(directives);
    const replica = await Node.start();
    await replica.following(first);
    first.run('SET', 'a', '1');
    await replica.caughtUp(first);
    const { id, offset } = first.server.replication;
    expect(first.server.shutdown()).toBe(true);
    await first.server.ended;

    const second = await Node.start(directives, first.port);
    expect(second.info('master_replid2')).toBe(id);
    expect(second.info('second_repl_offset')).toBe(String(offset + 1));
    expect(second.info('master_repl_offset')).toBe(String(offset));
    await until(() => replica.isConnected && second.server.replication.syncs.partial === 1, 'the replica is back');
    second.run('SET', 'b', '2');
    await replica.caughtUp(second);
    expect(replica.text('MGET', 'a', 'b')).toBe('1,2');
    expect(second.server.replication.syncs.full).toBe(0);
  });

  it('tells its replicas of the keys that it found expired', async () => {
    using folder = temporaryFolder();
    const directives = { dir: folder.path, ...FILES };
    const first = await Node.start(directives);
    const replica = await Node.start();
    await replica.following(first);
    first.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    first.run('SET', 'brief', '1', 'PX', '1');
    first.run('SET', 'lasting', '1');
    await replica.caughtUp(first);
    await until(() => first.run('EXISTS', 'brief') === 0 || first.run('PTTL', 'brief') === 0, 'its time is over');
    first.server.shutdown();
    await first.server.ended;
    const second = await Node.start(directives, first.port);
    await until(() => second.server.replication.syncs.partial === 1, 'the replica is back');
    await replica.caughtUp(second);
    expect(replica.run('DBSIZE')).toBe(1);
    expect(replica.server.replication.offset).toBe(second.server.replication.offset);
  });

  it('asks as a replica for what it has missed', async () => {
    using folder = temporaryFolder();
    const primary = await Node.start();
    const directives = { dir: folder.path, ...FILES };
    const first = await Node.start(directives);
    await first.following(primary);
    primary.run('SET', 'a', '1');
    await first.caughtUp(primary);
    first.server.shutdown();
    await first.server.ended;
    primary.run('SET', 'b', '2');
    const second = await Node.start({ ...directives, replicaof: `127.0.0.1 ${primary.port}` });
    await second.connected();
    await second.caughtUp(primary);
    expect(second.text('MGET', 'a', 'b')).toBe('1,2');
    expect(primary.server.replication.syncs).toMatchObject({ full: 1, partial: 1 });
  });
});

describe('a snapshot that is loaded as it comes', () => {
  const slow = { 'rdb-key-save-delay': '200000', 'repl-diskless-sync': 'yes' };

  async function pair(load: string) {
    const primary = await Node.start();
    const replica = await Node.start({ 'repl-diskless-load': load });
    for (let i = 0; i < 100; i++) primary.run('SET', `key${i}`, String(i).repeat(1000));
    return { primary, replica };
  }

  it('replaces the data when it is whole (swapdb), and until then there is the old, for nobody', async () => {
    const { primary, replica } = await pair('swapdb');
    replica.run('SET', 'old', '1');
    for (const [name, value] of Object.entries(slow)) primary.run('CONFIG', 'SET', name, value);
    replica.follow(primary);
    await until(() => replica.info('loading') === '1', 'the replica loads');
    expect(replica.info('async_loading')).toBe('0');
    expect(replica.text('GET', 'old')).toContain('LOADING');
    // Else it would come again at once, and load again.
    primary.run('CONFIG', 'SET', 'requirepass', 'secret');
    primary.run('CLIENT', 'KILL', 'TYPE', 'REPLICA');
    await until(() => replica.info('loading') === '0', 'it has given up');
    expect(replica.text('GET', 'old')).toBe('1');
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '0', 'requirepass', '');
    await replica.connected();
    expect(replica.run('DBSIZE')).toBe(100);
    expect(replica.text('GET', 'key99')).toBe('99'.repeat(1000));
  });

  it('leaves the old data readable when it is of the same history', async () => {
    const { primary, replica } = await pair('swapdb');
    await replica.following(primary);
    primary.run('CONFIG', 'SET', 'repl-backlog-size', '16384', 'rdb-key-save-delay', '200000');
    primary.run('CLIENT', 'KILL', 'TYPE', 'REPLICA');
    for (let i = 0; i < 10; i++) primary.run('SET', `more${i}`, 'x'.repeat(16_384));
    await until(() => replica.info('async_loading') === '1', 'the replica loads');
    expect(replica.info('loading')).toBe('0');
    expect(replica.run('DBSIZE')).toBe(100);
    expect(replica.text('CONFIG', 'SET', 'appendonly', 'no')).toContain('LOADING');
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '0');
    await replica.caughtUp(primary);
    await replica.connected();
    expect(replica.run('DBSIZE')).toBe(110);
  });

  it.skipIf(!requireProgram('redis'))('comes from a real redis-server, large values in many pieces', async () => {
    const real = await startRedis({});
    try {
      const primary = { port: real.port, run: (...words: string[]) => real.command(...words) };
      await primary.run('EVAL', "for i = 1, 200000 do redis.call('rpush', 'list', i) end", '0');
      await primary.run('SETRANGE', 'long', '3000000', 'end');
      for (const diskless of ['yes', 'no']) {
        await primary.run('CONFIG', 'SET', 'repl-diskless-sync', diskless, 'repl-diskless-sync-delay', '0');
        const replica = await Node.start({ 'repl-diskless-load': 'on-empty-db' });
        await replica.following(primary);
        expect(replica.run('LLEN', 'list')).toBe(200_000);
        expect(replica.run('STRLEN', 'long')).toBe(3_000_003);
      }
    } finally {
      await real.stop();
    }
  });
});

describe('a snapshot by length', () => {
  it('is saved to the file and sent from there, one for all that come meanwhile', async () => {
    using folder = temporaryFolder();
    const primary = await Node.start({ dir: folder.path, save: '', 'repl-diskless-sync': 'no' });
    for (let i = 0; i < 100; i++) primary.run('SET', `key${i}`, 'x'.repeat(20_000 + i));
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '2000', 'rdbcompression', 'no');
    const replicas = [await Node.start(), await Node.start()];
    for (const replica of replicas) replica.follow(primary);
    await until(() => primary.info('connected_slaves') === '2', 'both wait');
    expect(primary.info('rdb_bgsave_in_progress')).toBe('1');
    primary.run('SET', 'later', '1');
    for (const replica of replicas) {
      await replica.connected();
      await replica.caughtUp(primary);
      expect(replica.run('DBSIZE')).toBe(101);
    }
    expect(primary.info('rdb_saves')).toBe('1');
    expect(readFileSync(join(folder.path, 'dump.rdb')).latin1Slice(0, 9)).toBe('REDIS0010');
  });

  it('is given up when nobody waits for it any more, unless there are save points', async () => {
    using folder = temporaryFolder();
    const primary = await Node.start({ dir: folder.path, save: '', 'repl-diskless-sync': 'no' });
    for (let i = 0; i < 100; i++) primary.run('SET', `key${i}`, 'x');
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '1000000');
    const replica = await Node.start();
    replica.follow(primary);
    await until(() => primary.info('rdb_bgsave_in_progress') === '1', 'it is saved');
    replica.run('REPLICAOF', 'NO', 'ONE');
    await until(() => primary.info('rdb_bgsave_in_progress') === '0', 'it is given up');
    primary.run('CONFIG', 'SET', 'save', '900 1');
    replica.follow(primary);
    await until(() => primary.info('rdb_bgsave_in_progress') === '1', 'it is saved again');
    replica.run('REPLICAOF', 'NO', 'ONE');
    await until(() => primary.info('connected_slaves') === '0', 'the replica has gone');
    expect(primary.info('rdb_bgsave_in_progress')).toBe('1');
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '0');
  });
});

describe('a client that has become a replica', () => {
  it.each([
    [['GET', 'key'], 'get', "an error to its replica: 'ERR Replica can't interact with the keyspace'"],
    [['PING'], 'ping', undefined],
  ])('is disconnected when it asks for anything else: %j', async (words, name, error) => {
    const primary = await Node.start();
    const client = await RawClient.connect(primary.port);
    try {
      await client.ask(['PSYNC', '?', '-1']);
      client.send(words);
      await until(() => primary.info('connected_slaves') === '0', 'the replica has gone');
    } finally {
      client.close();
    }
    expect(primary.lines.join('\n')).toContain(`Replica generated a reply to command '${name}', disconnecting it`);
    if (error !== undefined) expect(primary.lines.join('\n')).toContain(error);
  });

  it('is told when its offset is none', async () => {
    const primary = await Node.start();
    const client = await RawClient.connect(primary.port);
    const reply = String(await client.ask(['PSYNC', 'id', 'offset']));
    client.close();
    expect(reply).toContain('ERR value is not an integer or out of range');
    expect(primary.lines.join('\n')).toContain('asks for synchronization but with a wrong offset');
  });
});

describe('a replica that may be written to', () => {
  it('removes by itself what its clients gave a time, and nothing else', async () => {
    const primary = await Node.start({ 'enable-debug-command': 'yes' });
    const replica = await Node.start({ 'replica-read-only': 'no' });
    await replica.following(primary);
    primary.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    primary.run('SET', 'theirs', '1', 'PX', '20');
    await replica.caughtUp(primary);
    replica.run('SET', 'own', '1', 'PX', '20');
    expect(replica.info('slave_expires_tracked_keys')).toBe('1');
    await until(() => replica.run('DBSIZE') === 1, 'its own key has gone');
    expect(replica.run('EXISTS', 'theirs')).toBe(0);
    expect(replica.info('slave_expires_tracked_keys')).toBe('0');
    // A value of its own takes the place of what is over.
    expect(replica.run('INCR', 'theirs')).toBe(1);
    expect(replica.run('PTTL', 'theirs')).toBe(-1);
  });
});

describe('a replica with tls-replication', () => {
  it('follows over TLS, and is not taken up by who signs its certificates himself', async () => {
    using folder = temporaryFolder();
    const { files } = createCertificates(folder.path);
    const [port = 0] = await freePorts(1);
    const tls = {
      'tls-cert-file': files.serverCert,
      'tls-key-file': files.serverKey,
      'tls-ca-cert-file': files.ca,
    };
    const primary = await Node.start({ ...tls, port: '0', 'tls-port': String(port) });
    await listenAsConfigured(primary.server);
    primary.run('SET', 'a', '1');
    const replica = await Node.start({ ...tls, 'tls-replication': 'yes' });
    replica.run('REPLICAOF', '127.0.0.1', String(port));
    await replica.connected();
    expect(replica.text('GET', 'a')).toBe('1');

    using elsewhere = temporaryFolder();
    const stranger = createCertificates(elsewhere.path).files;
    const other = await Node.start({ ...tls, 'tls-ca-cert-file': stranger.ca, 'tls-replication': 'yes' });
    other.run('REPLICAOF', '127.0.0.1', String(port));
    await until(() => other.lines.some((line) => line.startsWith('Error condition on socket for SYNC')), 'it fails');
    expect(other.isConnected).toBe(false);
  });
});
