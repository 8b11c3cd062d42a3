import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/index.js';
import { RawClient } from '../../../harness/raw-client.js';
import { until } from '../../../harness/until.js';

const LAG = 5;

describe('min-replicas-max-lag', () => {
  let clock: ManualClock;
  let server: Server;
  let session: LocalSession;
  let replica: RawClient;

  beforeEach(async () => {
    clock = new ManualClock();
    server = await Server.start({
      clock,
      directives: { 'min-replicas-to-write': '1', 'min-replicas-max-lag': String(LAG) },
    });
    // Its first round of background work, from which on it counts seconds.
    clock.advance(100);
    const { port = 0 } = await server.listen({ port: 0 });
    session = server.session({ protocol: 2 });
    replica = await RawClient.connect(port);
    replica.send(['PSYNC', '?', '-1']);
    await until(() => server.replication.goodReplicas === 1, 'it is online');
  });
  afterEach(async () => {
    replica.close();
    await server.close();
  });

  const set = (value: string) => session.run('SET', 'k', value);
  const lacking = { message: 'NOREPLICAS Not enough good replicas to write.' };
  const told = () => String(session.run('INFO', 'replication'));

  async function acknowledge(): Promise<void> {
    replica.send(['REPLCONF', 'ACK', server.replication.offset]);
    const [link] = server.replication.replicas;
    await until(() => link?.heardAt === clock.now(), 'it has acknowledged');
  }

  it('refuses writes when the replica is there and acknowledges no more, until it does', async () => {
    expect(set('1')).toBe('OK');
    clock.advance(LAG * 1000);
    expect(set('2')).toBe('OK');
    expect(told()).toMatch(/min_slaves_good_slaves:1\r\n/);

    clock.advance(1000);
    expect(set('3')).toMatchObject(lacking);
    expect(session.run('EVAL', "return redis.call('set', KEYS[1], 3)", '1', 'k')).toMatchObject({
      message: expect.stringMatching(/^NOREPLICAS /),
    });
    expect(session.run('GET', 'k')).toEqual(Buffer.from('2'));
    expect(told()).toMatch(/connected_slaves:1\r\nmin_slaves_good_slaves:0\r\nslave0:.*state=online,.*lag=6\r\n/);

    await acknowledge();
    clock.advance(1000);
    expect(set('4')).toBe('OK');
    expect(told()).toMatch(/min_slaves_good_slaves:1\r\n/);
  });

  it('counts from the last word, each time', async () => {
    for (let i = 0; i < 4; i++) {
      clock.advance(LAG * 1000);
      await acknowledge();
      expect(set(String(i))).toBe('OK');
    }
    clock.advance((LAG + 1) * 1000);
    expect(set('late')).toMatchObject(lacking);
  });

  it('may be changed, also to none', () => {
    clock.advance((LAG + 1) * 1000);
    expect(set('1')).toMatchObject(lacking);
    session.run('CONFIG', 'SET', 'min-replicas-max-lag', String(LAG + 1));
    expect(set('2')).toBe('OK');
    session.run('CONFIG', 'SET', 'min-replicas-max-lag', '1');
    expect(set('3')).toMatchObject(lacking);
    session.run('CONFIG', 'SET', 'min-replicas-max-lag', '0');
    expect(set('4')).toBe('OK');
  });

  it('is over when the replica has gone', async () => {
    expect(set('1')).toBe('OK');
    replica.close();
    await until(() => server.replication.replicas.size === 0, 'it has gone');
    expect(set('2')).toMatchObject(lacking);
  });
});
