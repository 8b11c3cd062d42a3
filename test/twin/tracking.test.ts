import { describe, expect, it } from 'vitest';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { describeTwin } from '../harness/twin.js';
import { until } from '../harness/until.js';

/**
 * Client-side caching. A step says who runs what and how many replies and pushes follow on that connection; `@name` stands
 * for the id of that connection. What arrives is compared with ids masked; that nothing more arrives is shown by a PING
 * on every connection at the end.
 */
type Step = readonly [who: string, line: string, replies?: number];

const on = (modes = ''): Step => ['me', `CLIENT TRACKING ON ${modes}`.trim()];
/** Reads what has arrived without sending anything. */
const arrives = (who: string, replies = 1): Step => [who, '', replies];
/** Until somebody is blocked. */
const waits = (who: string): Step => [who, BLOCKED, 0];
const BLOCKED = '(blocked)';
const subscribed: Step = ['sub', 'SUBSCRIBE __redis__:invalidate'];

const CASES: Readonly<Record<string, readonly Step[]>> = {
  'a key that was read is told of once': [
    on(),
    ['me', 'GET a'],
    ['me', 'MGET a b c'],
    ['other', 'MSET a 1 b 2 unread 3'],
    ['other', 'SET a 2'],
  ],
  'nothing is told of what failed or was not read': [
    on(),
    ['me', 'SET a 1'],
    ['me', 'LLEN a'],
    ['me', 'PFCOUNT x'],
    ['me', 'INCR n'],
    ['other', 'SET a 2'],
    ['other', 'INCR n'],
    ['other', 'DEL missing'],
  ],
  'own changes are told behind the reply, or not at all': [
    on(),
    ['me', 'GET a'],
    ['me', 'SET a 1', 0],
    ['me', 'CLIENT TRACKING OFF', 0],
    on('NOLOOP'),
    ['me', 'GET a'],
    ['me', 'SET a 2'],
    ['other', 'SET a 3'],
    ['me', 'GET a'],
    ['other', 'SET a 3'],
  ],
  'redirected to a subscriber': [
    subscribed,
    on('REDIRECT @sub'),
    ['me', 'CLIENT GETREDIR'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'GET a'],
    ['other', 'SET a 1'],
    arrives('sub'),
    ['me', 'GET a'],
    ['me', 'SET a 1'],
    arrives('sub'),
  ],
  'flushed, redirected to a client of the same protocol': [
    ['target', 'SUBSCRIBE __redis__:invalidate'],
    on('REDIRECT @target'),
    ['me', 'FLUSHALL'],
    arrives('target'),
    ['me', 'FLUSHDB'],
    arrives('target'),
  ],
  broadcasts: [
    subscribed,
    on('BCAST REDIRECT @sub PREFIX user: PREFIX obj:'),
    ['me', 'CLIENT TRACKINGINFO'],
    ['other', 'MSET user:2 x obj:1 x user:1 y none x'],
    arrives('sub', 2),
    ['other', 'DEL user:1 user:2 user:3'],
    arrives('sub'),
    on('BCAST REDIRECT @sub PREFIX more:'),
    ['other', 'SET more:1 1'],
    arrives('sub'),
    ['me', 'CLIENT TRACKING OFF'],
    ['other', 'SET user:1 1'],
  ],
  'broadcasts to all but who did it': [
    subscribed,
    on('BCAST REDIRECT @sub NOLOOP'),
    ['me', 'SET a 1'],
    ['other', 'SET b 1'],
    arrives('sub'),
    ['me', 'EVAL "redis.call(\'SET\', KEYS[1], 1)" 1 c'],
    arrives('sub'),
  ],
  'prefixes must not overlap': [
    on('PREFIX a'),
    on('BCAST PREFIX foo PREFIX foobar'),
    on('BCAST PREFIX foobar PREFIX foo'),
    on('BCAST PREFIX foo PREFIX bar'),
    on('BCAST PREFIX fo'),
    on('BCAST PREFIX foot'),
    on('BCAST PREFIX foo'),
    on('BCAST'),
    ['me', 'CLIENT TRACKINGINFO'],
  ],
  'modes that do not go together': [
    on('BCAST OPTIN'),
    on('BCAST OPTOUT'),
    on('OPTIN OPTOUT'),
    on('OPTIN'),
    on('OPTOUT'),
    on('BCAST'),
    on('REDIRECT 99999999'),
    on('REDIRECT x'),
    on('REDIRECT @me REDIRECT @me'),
    on('REDIRECT'),
    on('BOGUS'),
    on('NOLOOP NOLOOP optin'),
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'CLIENT TRACKING MAYBE'],
    ['me', 'CLIENT TRACKING'],
    ['me', 'CLIENT TRACKING OFF BOGUS'],
    ['me', 'CLIENT TRACKING OFF BCAST'],
    ['me', 'CLIENT TRACKINGINFO x'],
    ['me', 'CLIENT GETREDIR x'],
  ],
  'opt in': [
    ['me', 'CLIENT CACHING YES'],
    on('OPTIN'),
    ['me', 'CLIENT CACHING NO'],
    ['me', 'CLIENT CACHING MAYBE'],
    ['me', 'GET a'],
    ['me', 'CLIENT CACHING YES'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'GET b'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'GET c'],
    ['me', 'CLIENT CACHING YES'],
    ['me', 'MULTI'],
    ['me', 'GET d'],
    ['me', 'GET e'],
    ['me', 'EXEC'],
    ['me', 'GET f'],
    ['me', 'CLIENT CACHING YES'],
    ['me', 'NOSUCH'],
    ['me', 'GET g'],
    ['other', 'MSET a 1 b 1 c 1 d 1 e 1 f 1 g 1'],
  ],
  'opt out': [
    on('OPTOUT'),
    ['me', 'CLIENT CACHING YES'],
    ['me', 'GET a'],
    ['me', 'CLIENT CACHING NO'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'GET b'],
    ['me', 'GET c'],
    ['other', 'MSET a 1 b 1 c 1'],
  ],
  'transactions are told of behind their replies': [
    on(),
    ['me', 'MGET a b c'],
    ['me', 'MULTI'],
    ['me', 'SET a 1'],
    ['me', 'GET a'],
    ['me', 'INCR b'],
    ['me', 'EXEC'],
    ['me', 'PING'],
    ['me', 'MULTI'],
    ['me', 'FLUSHALL'],
    ['me', 'GET c'],
    ['me', 'EXEC'],
    ['me', 'PING'],
  ],
  'scripts: the keys they were called with, when they read anything': [
    on(),
    ['me', "EVAL \"return redis.call('SET', 'k3', 1)\" 2 k1 k2"],
    ['other', 'MSET k1 1 k2 1 k3 1'],
    ['me', "EVAL \"return redis.call('GET', 'k3')\" 2 k1 k2"],
    ['other', 'SET k1 2'],
    ['other', 'SET k2 2'],
    ['other', 'SET k3 2'],
    ['me', 'EVAL_RO "return redis.call(\'PING\')" 1 k1'],
    ['other', 'SET k1 2'],
    ['me', 'GET k1'],
    ['me', "EVAL \"redis.call('SET', KEYS[1], 1) return redis.call('GET', KEYS[1])\" 1 k1"],
    ['me', 'PING'],
    ['other', 'SET k1 2'],
  ],
  'expired keys': [
    on(),
    ['other', 'SET a 1 PX 100'],
    ['me', 'GET a'],
    ['other', 'DEBUG SLEEP 0.12'],
    ['other', 'GET a'],
  ],
  'names count, not databases': [
    on(),
    ['me', 'GET a'],
    ['other', 'SELECT 3'],
    ['other', 'SET a 1'],
    ['other', 'SWAPDB 0 3'],
    ['me', 'GET a'],
    ['other', 'FLUSHDB'],
    ['other', 'SELECT 0'],
    ['other', 'SET a 1'],
  ],
  'blocked clients': [
    on(),
    ['me', 'LRANGE l 0 -1'],
    ['me', 'BLPOP l 0', 0],
    waits('other'),
    ['other', 'RPUSH l a'],
    arrives('me'),
  ],
  'switched off, or reset': [
    on(),
    ['me', 'GET a'],
    ['me', 'CLIENT TRACKING OFF'],
    ['other', 'SET a 1'],
    on('OPTIN'),
    ['me', 'RESET'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'CLIENT GETREDIR'],
    on('BCAST'),
    ['other', 'SET a 1'],
  ],
  'the redirection is gone': [
    on('REDIRECT @gone'),
    ['me', 'GET a'],
    ['gone', 'QUIT'],
    ['other', 'SET a 1'],
    ['me', 'CLIENT TRACKINGINFO'],
    ['me', 'GET a'],
    ['other', 'FLUSHALL'],
  ],
  'silenced clients get messages': [
    on(),
    ['me', 'GET a'],
    ['me', 'CLIENT REPLY OFF', 0],
    ['other', 'SET a 1'],
    ['me', 'GET a', 0],
    ['me', 'CLIENT REPLY ON', 1],
  ],
  'too many keys': [
    ['other', 'CONFIG SET tracking-table-max-keys 2'],
    on(),
    ['me', 'MGET a b'],
    ['other', 'CONFIG SET tracking-table-max-keys 0'],
    ['me', 'MGET c d e'],
    ['other', 'CONFIG SET tracking-table-max-keys 1000000'],
  ],
};

describeTwin('client tracking', {}, (twin) => {
  for (const protocol of [2, 3] as const) {
    describe(`RESP${protocol}`, () => {
      for (const [title, steps] of Object.entries(CASES)) {
        it(title, async () => {
          await twin().reset();
          const expected = await play(twin().real.port, protocol, steps);
          expect(await play(twin().port, protocol, steps)).toEqual(expected);
        });
      }
    });
  }
});

async function play(port: number, protocol: 2 | 3, steps: readonly Step[]): Promise<string[]> {
  const clients = new Map<string, RawClient>();
  const ids = new Map<string, string>();
  const connect = async (who: string) => {
    const client = await RawClient.connect(port, who === 'sub' ? 2 : protocol);
    ids.set(who, String(await client.ask(['CLIENT', 'ID'])).slice(1, -2));
    clients.set(who, client);
    return client;
  };
  const masked = (text: string) =>
    [...ids].reduce((all, [who, id]) => all.replaceAll(`:${id}\r\n`, `:@${who}\r\n`), text);
  const transcript: string[] = [];
  try {
    for (const [who, line, replies = 1] of steps) {
      for (const [, named] of line.matchAll(/@(\w+)/g)) if (!clients.has(named!)) await connect(named!);
      const client = clients.get(who) ?? (await connect(who));
      if (line === BLOCKED) await untilBlocked(client);
      else if (line !== '') client.send(parseLine(line.replaceAll(/@(\w+)/g, (_, name: string) => ids.get(name)!)));
      for (const reply of await client.take(replies))
        transcript.push(`${who} ${line}: ${masked(reply.toString('latin1'))}`);
    }
    for (const [who, client] of clients)
      transcript.push(...(await untilPong(client)).map((text) => `${who} at last: ${masked(text)}`));
  } finally {
    for (const client of clients.values()) client.close();
  }
  return transcript;
}

/** Everything that arrives before the answer to a last PING. */
async function untilPong(client: RawClient): Promise<string[]> {
  const left: string[] = [];
  client.send(['PING', 'at-last']);
  for (;;) {
    const [reply] = await client.take(1).catch(() => []);
    if (reply === undefined || reply.includes('at-last')) return left;
    left.push(reply.toString('latin1'));
  }
}

async function untilBlocked(client: RawClient): Promise<void> {
  const isBlocked = async () => (await client.ask(['INFO', 'clients'])).includes('blocked_clients:1');
  await until(isBlocked, 'a client is blocked');
}
