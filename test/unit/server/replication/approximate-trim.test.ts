import { expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { until } from '../../../harness/until.js';

const run = (server: Server, line: string) => String(server.session({ protocol: 2 }).run(...line.split(' ')));

// The primary tells of it as an exact trim, and leaves the LIMIT that a client could not say with one.
it.each(['XADD s MAXLEN ~ 1 LIMIT 10 * f v', 'XTRIM s MINID ~ 1-1 LIMIT 10'])('a replica does %s too', async (line) => {
  const primary = await Server.start({ directives: { 'repl-diskless-sync-delay': '0' } });
  const { port } = await primary.listen({ port: 0 });
  const replica = await Server.start({ directives: { replicaof: `127.0.0.1 ${port}` } });
  try {
    await until(() => run(replica, 'INFO replication').includes('master_link_status:up'), 'the replica follows');
    run(primary, 'CONFIG SET stream-node-max-entries 1');
    for (let i = 1; i <= 3; i++) run(primary, `XADD s 0-${i} f v`);
    run(primary, line);
    run(primary, 'SET done 1');
    await until(() => run(replica, 'GET done') === '1', 'it has followed');
    expect(run(replica, 'XRANGE s - +')).toBe(run(primary, 'XRANGE s - +'));
    expect(Number(run(replica, 'XLEN s'))).toBeLessThan(3);
    expect(run(primary, line.replace('~', '='))).toMatch(/LIMIT cannot be used without the special ~ option/);
  } finally {
    await replica.close();
    await primary.close();
  }
});
