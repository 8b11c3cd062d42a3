import { beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { closeNodes, Node } from '../harness/node.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

/** Nothing is streamed but what the test writes: a file stays the end of its history. */
const QUIET = { 'repl-ping-replica-period': '3600' };

/** One of ours and a real redis-server; one of them ends and starts again with its RDB file, which knows its place. */
describe.skipIf(!requireProgram('redis'))('a restart with an RDB file, beside a real redis-server', () => {
  let folder: TemporaryFolder;
  let real: RedisServer | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
    return async () => {
      await closeNodes();
      await real?.stop();
      real = undefined;
      folder[Symbol.dispose]();
    };
  });

  const ours = (directives: Readonly<Record<string, string>> = {}, port = 0) =>
    Node.start({ dir: folder.path, save: '3600 1', ...QUIET, ...directives }, port);

  async function end(node: Node): Promise<void> {
    expect(node.server.shutdown()).toBe(true);
    await node.server.ended;
  }

  it('of our replica: it asks the real primary for what it has missed', async () => {
    real = await startRedis({ directives: QUIET });
    const primary = asPrimary(real);
    const first = await ours();
    await first.following(primary);
    await real.command('EVAL', "redis.call('select', 3) redis.call('set', 'a', 1)", '0');
    await first.caughtUp(primary);
    await end(first);
    // In database 3 still, which the stream does not say again.
    await real.command('EVAL', "redis.call('select', 3) redis.call('set', 'b', 2)", '0');
    const second = await ours({ replicaof: `127.0.0.1 ${real.port}` });
    await second.connected();
    await second.caughtUp(primary);
    second.run('SELECT', '3');
    expect(second.text('MGET', 'a', 'b')).toBe('1,2');
    expect(await field(real, 'sync_full')).toBe('1');
    expect(await field(real, 'sync_partial_ok')).toBe('1');
    expect(second.server.replication.id).toBe(await field(real, 'master_replid'));
  });

  it('of a real replica: our primary gives it what it has missed', async () => {
    const primary = await ours();
    real = await startRedis({ directives: { ...QUIET, replicaof: `127.0.0.1 ${primary.port}` } });
    await inStep(real, primary);
    primary.run('SELECT', '3');
    primary.run('SET', 'a', '1');
    await inStep(real, primary);
    expect(String(await real.command('SAVE'))).toBe('OK');
    await real.kill();
    primary.run('SET', 'b', '2');
    await real.restart();
    await inStep(real, primary);
    expect(String(await real.command('EVAL', GET_BOTH, '0'))).toBe('1,2');
    expect(primary.server.replication.syncs).toMatchObject({ full: 1, partial: 1 });
  });

  it('of our primary: the real replica goes on without a snapshot', async () => {
    const first = await ours();
    real = await startRedis({ directives: { replicaof: `127.0.0.1 ${first.port}` } });
    await inStep(real, first);
    first.run('SELECT', '3');
    first.run('SET', 'a', '1');
    await inStep(real, first);
    const { id, offset } = first.server.replication;
    await end(first);
    const second = await ours({}, first.port);
    await until(() => second.server.replication.syncs.partial === 1, 'the replica is back');
    expect(second.info('master_replid2')).toBe(id);
    expect(second.info('second_repl_offset')).toBe(String(offset + 1));
    second.run('SELECT', '3');
    second.run('SET', 'b', '2');
    await inStep(real, second);
    expect(String(await real.command('EVAL', GET_BOTH, '0'))).toBe('1,2');
    expect(await field(real, 'master_replid')).toBe(second.server.replication.id);
    expect(second.server.replication.syncs.full).toBe(0);
  });

  it('of a real primary: our replica goes on without a snapshot', async () => {
    real = await startRedis({ directives: QUIET });
    const primary = asPrimary(real);
    const replica = await ours();
    await replica.following(primary);
    await real.command('SET', 'a', '1');
    await replica.caughtUp(primary);
    const { id, offset } = replica.server.replication;
    expect(String(await real.command('SAVE'))).toBe('OK');
    await real.kill();
    await until(() => !replica.isConnected, 'the link is down');
    await real.restart();
    await replica.connected();
    await real.command('SET', 'b', '2');
    await replica.caughtUp(primary);
    expect(replica.text('MGET', 'a', 'b')).toBe('1,2');
    expect(await field(real, 'sync_full')).toBe('0');
    expect(await field(real, 'sync_partial_ok')).toBe('1');
    expect(replica.server.replication).toMatchObject({ secondId: id, secondOffset: offset + 1 });
    expect(replica.server.replication.id).toBe(await field(real, 'master_replid'));
  });
});

const GET_BOTH = "redis.call('select', 3) return redis.call('mget', 'a', 'b')";

function asPrimary(real: RedisServer) {
  return { port: real.port, run: (...words: string[]) => real.command(...words) };
}

/** The real replica has all that our primary has streamed, and its link is up. */
async function inStep(real: RedisServer, primary: Node): Promise<void> {
  await until(async () => {
    const isUp = (await field(real, 'master_link_status')) === 'up';
    return isUp && (await field(real, 'slave_repl_offset')) === String(primary.server.replication.offset);
  }, 'the replica has everything');
}

async function field(real: RedisServer, name: string): Promise<string | undefined> {
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await real.command('INFO')))?.[1];
}
