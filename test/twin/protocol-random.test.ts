import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeWords, parseLine, RawClient } from '../harness/raw-client.js';
import { describeTwin } from '../harness/twin.js';

/**
 * The state of a connection (protocol version, user, transaction, subscriptions, silence) in any order of what
 * changes it: two clients send random commands, and everything each of them receives is the same bytes on both
 * servers.
 */
const LINES = [
  'HELLO',
  'HELLO 2',
  'HELLO 3',
  'HELLO 4',
  'HELLO x',
  'HELLO 3 AUTH u pw',
  'HELLO 2 AUTH u bad',
  'HELLO 3 SETNAME n',
  'HELLO 2 FOO',
  'RESET',
  'RESET x',
  'QUIT',
  'AUTH pw',
  'AUTH u pw',
  'AUTH u bad',
  'AUTH default x',
  'AUTH nobody x',
  'AUTH a b c',
  'ACL WHOAMI',
  'MULTI',
  'EXEC',
  'DISCARD',
  'WATCH k',
  'UNWATCH',
  'WATCH',
  'EXEC x',
  'SUBSCRIBE c',
  'SUBSCRIBE c c',
  'PSUBSCRIBE c*',
  'SSUBSCRIBE s',
  'UNSUBSCRIBE',
  'UNSUBSCRIBE c',
  'PUNSUBSCRIBE',
  'SUNSUBSCRIBE',
  'SUBSCRIBE',
  'PUBLISH c hello',
  'PUBLISH d hello',
  'SPUBLISH s hello',
  'PUBSUB NUMSUB c d',
  'CLIENT REPLY ON',
  'CLIENT REPLY OFF',
  'CLIENT REPLY SKIP',
  'CLIENT REPLY FOO',
  'CLIENT GETNAME',
  'CLIENT SETNAME me',
  'PING',
  'PING hello',
  'PING a b',
  'ECHO x',
  'SELECT 1',
  'SELECT 0',
  'SELECT 99',
  'SELECT x',
  'SET k v',
  'GET k',
  'DEL k',
  'INCR n',
  'LPUSH l a',
  'LRANGE l 0 -1',
  'BLPOP bl 0',
  'LPUSH bl a',
  'HSET h f v',
  'HGETALL h',
  'ZADD z 1.5 m',
  'ZSCORE z m',
  'GET',
  'NOSUCH a b',
  'CONFIG',
  'CONFIG NOSUCH',
  'OBJECT HELP x',
  'CLIENT TRACKING on',
  'CLIENT TRACKING off',
  'CLIENT TRACKING on BCAST',
  'CLIENT CACHING yes',
  "EVAL \"return redis.call('subscribe','c')\" 0",
  "EVAL \"return redis.call('client','reply','off')\" 0",
  'EVAL "return redis.call(\'multi\')" 0',
  "EVAL \"return redis.call('get','k')\" 0",
  "EVAL \"return redis.call('hello','3')\" 0",
  "EVAL \"return redis.pcall('publish','c','x')\" 0",
  "EVAL \"redis.setresp(3) return redis.call('hgetall','h')\" 0",
  'DEBUG SLEEP x',
  'DEBUG PROTOCOL attrib',
  'SHUTDOWN x',
  'MONITOR x',
] as const;
/** Without empty requests: each would end CLIENT REPLY SKIP in Redis. */
const BYTES = [
  'PING\r\n',
  'SET k "a b"\r\n',
  'GET "k\r\n',
  '*1\r\n$x\r\n',
  '*1\r\n+PING\r\n',
  '*x\r\n',
  '*1\r\n$-1\r\n',
  '*2\r\n$4\r\nECHO\r\n$1\r\na\r\n',
];
const ADMIN = [
  'ACL SETUSER u -get',
  'ACL SETUSER u resetchannels',
  'ACL SETUSER u off',
  'ACL DELUSER u',
  'ACL SETUSER default -set',
  'ACL SETUSER default resetpass >pw',
  'ACL SETUSER default off',
];
const FRESH = [
  'ACL DELUSER u',
  'ACL SETUSER default reset on nopass ~* &* +@all',
  'ACL SETUSER u on >pw ~* +@all -select resetchannels &c*',
  'FLUSHALL',
];

interface Step {
  readonly on: 'a' | 'b' | 'admin';
  readonly text: string;
  readonly bytes: Uint8Array;
}

const command = (on: Step['on'], text: string): Step => ({ on, text, bytes: encodeWords(parseLine(text)) });
const client = fc.constantFrom('a' as const, 'a' as const, 'b' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(client, fc.constantFrom(...LINES)).map(([on, text]) => command(on, text)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(client, fc.constantFrom(...BYTES))
      .map(([on, text]) => ({ on, text: JSON.stringify(text), bytes: Buffer.from(text) })),
  },
  { weight: 1, arbitrary: fc.constantFrom(...ADMIN).map((text) => command('admin', text)) },
);

describeTwin('random commands of two clients', {}, (twin) => {
  it('are answered with the same bytes', async () => {
    const admins = [await RawClient.connect(twin().real.port), await RawClient.connect(twin().port)] as const;
    const ports = [twin().real.port, twin().port] as const;
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }), async (steps) => {
      fc.pre(!leavesInSilence(steps));
      const [real, ours] = await Promise.all(admins.map((admin, i) => converse(admin, ports[i]!, steps)));
      expect(ours, steps.map(({ on, text }) => `${on}: ${text}`).join('\n')).toEqual(real);
    });
    await fc.assert(property, { numRuns: 150 });
    for (const admin of admins) admin.close();
  }, 240_000);
});

/** Who leaves without a reply stays connected to Redis, which closes behind the reply, and counts as a subscriber. */
function leavesInSilence(steps: readonly Step[]): boolean {
  const silent = new Set<string>();
  return steps.some(({ on, text }) => {
    if (text === 'CLIENT REPLY OFF' || text === 'CLIENT REPLY SKIP') silent.add(on);
    return text === 'QUIT' && silent.has(on);
  });
}

/** Sends the steps one by one; answers all that each client received. */
async function converse(admin: RawClient, port: number, steps: readonly Step[]): Promise<Record<string, string>> {
  for (const line of FRESH) await admin.ask(parseLine(line));
  const clients = { a: await Listener.connect(port), b: await Listener.connect(port) };
  for (const { on, text, bytes } of steps) {
    if (on === 'admin') await admin.ask(parseLine(text));
    else clients[on].send(bytes);
    await settled(admin);
  }
  return { a: await clients.a.end(), b: await clients.b.end() };
}

/** What was sent before is done: one who asks twice asks the second time in a later turn of the server. */
async function settled(admin: RawClient): Promise<void> {
  for (let i = 0; i < 2; i++) await admin.ask(['PING']);
}

/** Keeps every byte until the end. */
class Listener {
  private received = '';

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
    });
    socket.on('error', () => socket.destroy());
  }

  static async connect(port: number): Promise<Listener> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Listener(socket);
  }

  send(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  async end(): Promise<string> {
    if (!this.socket.closed) {
      this.socket.end();
      await once(this.socket, 'close');
    }
    return this.received.replace(/(?<=\$2\r\nid\r\n):\d+/g, ':<id>');
  }
}
