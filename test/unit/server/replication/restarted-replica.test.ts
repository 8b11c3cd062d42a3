import { expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/index.js';
import { temporaryFolder } from '../../../harness/folder.js';

it('a replica that is restarted leaves it to its primary what has expired, also before it has found it', async () => {
  using folder = temporaryFolder();
  const clock = new ManualClock();
  const before = await Server.start({ clock, directives: { dir: folder.path } });
  before.session().run('SET', 'key', 'value', 'PX', '700');
  expect(before.session().run('SAVE')).toBe('OK');
  await before.close();
  clock.advance(1000);
  const replica = await Server.start({ clock, directives: { dir: folder.path, replicaof: '127.0.0.1 1' } });
  expect(replica.replication.isReplica).toBe(false);
  clock.advance(500);
  expect(replica.session().run('DBSIZE')).toBe(1);
  await replica.close();
});
