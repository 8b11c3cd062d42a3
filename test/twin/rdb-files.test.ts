import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { temporaryFolder } from '../harness/folder.js';
import { executable, requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';
import { differences, stateOf } from '../harness/state.js';

/** Something of every type and encoding, in two databases, with expiries and a library. */
const FILL = `
  for i = 1, 1000 do redis.call('set', 'k:' .. i, string.rep('v' .. i, i % 50)) end
  for i = 1, 600 do
    redis.call('rpush', 'list', 'e' .. i)
    redis.call('sadd', 'set', 'm' .. i)
    redis.call('sadd', 'numbers', i)
    redis.call('hset', 'hash', 'f' .. i, i)
    redis.call('zadd', 'zset', i / 3, 'm' .. i)
    redis.call('xadd', 'stream', i .. '-1', 'f', i)
  end
  redis.call('rpush', 'long', string.rep('x', 9000), string.rep('y', 100000))
  redis.call('hset', 'small', 'a', 'b', 'c', '5')
  redis.call('zadd', 'few', 1, 'a', 2.5, 'b')
  redis.call('sadd', 'ints', 1, -70000, 5)
  redis.call('xgroup', 'create', 'stream', 'g', '0')
  redis.call('xreadgroup', 'group', 'g', 'c', 'count', '10', 'streams', 'stream', '>')
  redis.call('expire', 'k:5', 1000)
  redis.call('expire', 'hash', 100000)
  redis.call('select', 5)
  redis.call('set', 'other', 1)
  redis.call('pfadd', 'hll', 1, 2, 3)
`;
const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)\n";

describe.skipIf(!requireProgram('redis'))('RDB files', () => {
  it('that this server writes are loaded by a real one', async () => {
    using folder = temporaryFolder();
    const ours = await Server.start({ directives: { dir: folder.path, save: '' }, settings: { enableDebug: 'yes' } });
    const session = ours.session();
    session.run('EVAL', FILL, '0');
    session.run('FUNCTION', 'LOAD', LIBRARY);
    expect(session.run('SAVE')).toBe('OK');
    const check = execFileSync(executable('redis-check-rdb')!, [folder.file('dump.rdb')], { encoding: 'utf8' });
    expect(check).toContain('RDB looks OK');

    const real = await startRedis({ directives: { 'enable-debug-command': 'yes' } });
    await real.kill();
    copyFileSync(folder.file('dump.rdb'), join(real.folder, 'dump.rdb'));
    await real.restart();
    const { port = 0 } = await ours.listen({ port: 0 });
    expect(differences(await stateOf(real.port), await stateOf(port))).toEqual([]);
    expect(String(await real.command('DEBUG', 'DIGEST'))).toBe(String(session.run('DEBUG', 'DIGEST')));
    expect(await real.command('FCALL', 'f', '0')).toBe(1);
    await real.stop();
    await ours.close();
  });

  it('that a real server writes are loaded by this one', async () => {
    const real = await startRedis({ directives: { 'enable-debug-command': 'yes' } });
    await real.command('EVAL', FILL, '0');
    await real.command('FUNCTION', 'LOAD', LIBRARY);
    await real.command('SAVE');
    const digest = String(await real.command('DEBUG', 'DIGEST'));
    const ours = await Server.start({ directives: { dir: real.folder, save: '' }, settings: { enableDebug: 'yes' } });
    const { port = 0 } = await ours.listen({ port: 0 });
    const session = ours.session();
    expect(differences(await stateOf(real.port), await stateOf(port))).toEqual([]);
    expect(String(session.run('DEBUG', 'DIGEST'))).toBe(digest);
    expect(session.run('FCALL', 'f', '0')).toBe(1);
    expect(session.run('XPENDING', 'stream', 'g')).toEqual(await real.command('XPENDING', 'stream', 'g'));
    await ours.close();
    await real.stop();
  });
});
