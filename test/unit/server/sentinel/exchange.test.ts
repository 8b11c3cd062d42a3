import { afterEach, expect, it } from 'vitest';
import type { Reply } from '../../../../src/resp/reply.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/index.js';

/** A sentinel without sockets: what it is told, and what it makes of it. */
const open: Server[] = [];
const OTHER = 'b'.repeat(40);

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(
  ...lines: readonly (readonly string[])[]
): Promise<{ server: Server; ask: Ask; events: string[] }> {
  const clock = new ManualClock();
  const server = new Server({
    isSentinel: true,
    clock,
    configure: (configuration) => {
      for (const line of [['monitor', 'mymaster', '192.0.2.1', '6379', '2'], ...lines]) {
        configuration.load('sentinel', line);
      }
    },
  });
  open.push(server);
  await server.start();
  const events: string[] = [];
  const onPush = (push: Reply) => {
    const [kind, , channel, text] = (push as readonly Reply[]).map(String);
    if (kind === 'pmessage') events.push(`${channel} ${text}`);
  };
  const listener = server.session({ onPush });
  listener.post(['PSUBSCRIBE', '*']);
  const session = server.session({ protocol: 2 });
  return { server, ask: (...words) => session.run('SENTINEL', ...words), events };
}

type Ask = (...words: readonly string[]) => Reply;

const hello = (server: Server, ...words: readonly (string | number)[]) =>
  server.session().run('PUBLISH', '__sentinel__:hello', words.join(','));

it('votes for the first who asks in an epoch, and not for itself until another delay is over', async () => {
  const { server, ask, events } = await start();
  const vote = (epoch: number, id: string) => ask('IS-MASTER-DOWN-BY-ADDR', '192.0.2.1', '6379', String(epoch), id);
  expect(String(vote(3, OTHER))).toBe(`0,${OTHER},3`);
  expect(String(vote(3, 'c'.repeat(40)))).toBe(`0,${OTHER},3`);
  expect(String(vote(2, 'c'.repeat(40)))).toBe(`0,${OTHER},3`);
  expect(String(vote(4, '*'))).toBe('0,*,0');
  expect(events).toEqual(['+new-epoch 3', `+vote-for-leader ${OTHER} 3`]);
  expect(server.sentinel?.primaries.get('mymaster')?.failoverStartedAt).toBeGreaterThanOrEqual(server.clock.now());
});

it('knows nothing of a primary at another address', async () => {
  const { ask } = await start();
  expect(String(ask('IS-MASTER-DOWN-BY-ADDR', '192.0.2.1', '6380', '9', OTHER))).toBe('0,*,0');
});

it('is led by who has most votes of all, and as many as the quorum', async () => {
  const ids = ['b', 'c', 'd', 'e'].map((id) => id.repeat(40)) as [string, string, string, string];
  const known = ids.map((id, i) => ['known-sentinel', 'mymaster', '192.0.2.9', String(i + 1), id]);
  const { server } = await start(...known);
  const sentinel = server.sentinel!;
  const primary = sentinel.primaries.get('mymaster')!;
  const voted = (...leaders: readonly (string | undefined)[]) => {
    sentinel.currentEpoch++;
    for (const [i, id] of ids.entries()) {
      const other = primary.sentinels.get(id)!;
      other.leader = leaders[i];
      other.leaderEpoch = sentinel.currentEpoch;
    }
    return sentinel.election.leader(primary, sentinel.currentEpoch);
  };
  const [b, c] = ids;
  expect(voted(b, b, undefined, undefined)).toBe(b);
  expect(voted(b, b, c, c)).toBe(b);
  expect(voted(b, undefined, undefined, undefined)).toBeUndefined();
  expect(voted(undefined, undefined, undefined, undefined)).toBeUndefined();
  expect(voted(sentinel.myId, sentinel.myId)).toBe(sentinel.myId);
  primary.quorum = 4;
  expect(voted(b, b)).toBeUndefined();
  expect(voted(b, b, b)).toBe(b);
});

it('follows who knows of a later failover', async () => {
  const { server, ask, events } = await start(['known-replica', 'mymaster', '192.0.2.2', '6379']);
  hello(server, '192.0.2.9', 26379, OTHER, 7, 'mymaster', '192.0.2.2', 6379, 7);
  expect(String(ask('GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toBe('192.0.2.2,6379');
  expect(events).toEqual([
    `+sentinel sentinel ${OTHER} 192.0.2.9 26379 @ mymaster 192.0.2.1 6379`,
    '+new-epoch 7',
    `+config-update-from sentinel ${OTHER} 192.0.2.9 26379 @ mymaster 192.0.2.1 6379`,
    '+switch-master mymaster 192.0.2.1 6379 192.0.2.2 6379',
    '+slave slave 192.0.2.1:6379 192.0.2.1 6379 @ mymaster 192.0.2.2 6379',
  ]);
  // What is older says nothing any more.
  hello(server, '192.0.2.9', 26379, OTHER, 7, 'mymaster', '192.0.2.1', 6379, 6);
  expect(String(ask('GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toBe('192.0.2.2,6379');
});

it('follows once the name that it was told is known', async () => {
  const { server, ask } = await start(['resolve-hostnames', 'yes'], ['announce-hostnames', 'yes']);
  const sentinel = server.sentinel!;
  const where = () => String(ask('GET-MASTER-ADDR-BY-NAME', 'mymaster'));
  const told = () => hello(server, '192.0.2.9', 26379, OTHER, 7, 'mymaster', 'localhost', 6390, 7);
  told();
  expect(where()).toBe('192.0.2.1,6379');
  await sentinel.names.learn('localhost');
  told();
  expect(where()).toBe('localhost,6390');
});

it('knows names that stand for nothing yet apart, and keeps them', async () => {
  const { server, ask } = await start(['resolve-hostnames', 'yes'], ['monitor', 'second', 'db.invalid', '6379', '1']);
  const { primaries, events } = server.sentinel!;
  expect(events.announced(primaries.get('second')!.address)).toBe('db.invalid');
  for (const [i, host] of ['one.invalid', 'two.invalid'].entries()) {
    hello(server, host, 26379, String(i).repeat(40), 0, 'second', 'db.invalid', 6379, 0);
  }
  expect((ask('SENTINELS', 'second') as readonly Reply[]).length).toBe(2);
});

it('goes on when a script cannot be started with what it is told', async () => {
  const { server, events } = await start();
  const { scripts } = server.sentinel!;
  scripts.schedule(['/bin/true', 'a\0b']);
  scripts.cycle();
  expect(scripts.jobs).toEqual([]);
  expect(events).toEqual(['-script-error /bin/true 0 2']);
});

it('notices that a sentinel has moved, for all primaries that it watches', async () => {
  const { server, ask, events } = await start(['monitor', 'second', '192.0.2.5', '6379', '1']);
  for (const name of ['mymaster', 'second']) hello(server, '192.0.2.9', 1, OTHER, 0, name, '192.0.2.1', 6379, 0);
  expect(server.sentinel?.primaries.get('second')?.sentinels.get(OTHER)?.link.users).toBe(2);
  events.length = 0;
  hello(server, '192.0.2.9', 2, OTHER, 0, 'mymaster', '192.0.2.1', 6379, 0);
  expect(events).toEqual([
    `+sentinel-address-switch master mymaster 192.0.2.1 6379 ip 192.0.2.9 port 2 for ${OTHER}`,
    `+sentinel-address-update sentinel ${OTHER} 192.0.2.9 2 @ mymaster 192.0.2.1 6379 1 additional matching instances`,
  ]);
  expect(String(ask('SENTINELS', 'second'))).toContain('port,2');
});

it('does nothing for a while after the clock was set', async () => {
  const { server, events } = await start();
  const clock = server.clock as ManualClock;
  server.sentinel!.begin();
  clock.advance(1000);
  expect(events).toEqual([]);
  clock.jump(clock.now() + 3_600_000);
  clock.advance(200);
  expect(events).toEqual(['+tilt #tilt mode entered']);
  expect(String(server.session({ protocol: 2 }).run('INFO', 'sentinel'))).toContain('sentinel_tilt:1');
  clock.advance(31_000);
  expect(events.slice(1)).toContain('-tilt #tilt mode exited');
  expect(events).toContain('+sdown master mymaster 192.0.2.1 6379');
});
