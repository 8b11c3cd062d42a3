import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient, type Words } from '../harness/raw-client.js';
import { type RunningSentinel, replyText, startSentinel } from '../harness/sentinels.js';
import { until } from '../harness/until.js';

/**
 * The same commands to a sentinel of ours and to a real one, each of which watches a primary and a replica of its own; what
 * is of the one alone (ids, ports, times) is masked.
 */
describe.skipIf(!requireProgram('redis'))('a sentinel, as real Redis', () => {
  const sides: Side[] = [];

  beforeAll(async () => {
    for (const kind of ['redis', 'ours'] as const) sides.push(await Side.start(kind));
  }, 60_000);

  afterAll(async () => {
    for (const side of sides) await side.stop();
  });

  async function alike(words: Words, protocol: 2 | 3 = 2): Promise<string> {
    const [real = '', ours = ''] = await Promise.all(sides.map((side) => side.ask(words, protocol)));
    expect(ours, words.join(' ')).toBe(real);
    return ours;
  }

  it.each([2, 3] as const)('tells of what it watches, in RESP%i', async (protocol) => {
    for (const words of TELLING) expect(await alike(words, protocol)).not.toBe('');
  });

  it('has the commands of a sentinel and no others', async () => {
    for (const words of FOREIGN) expect(await alike(words)).toMatch(/^-ERR unknown (?:sub)?command/);
    for (const words of PLAIN) await alike(words);
  });

  it('describes its commands', async () => {
    const names = ['ckquorum', 'config', 'debug', 'failover', 'flushconfig', 'get-master-addr-by-name', 'info-cache'];
    const more = ['is-master-down-by-addr', 'master', 'masters', 'monitor', 'myid', 'pending-scripts', 'remove'];
    const rest = ['replicas', 'reset', 'sentinels', 'set', 'simulate-failure', 'slaves', 'help'];
    for (const name of [...names, ...more, ...rest]) await alike(['COMMAND', 'INFO', `sentinel|${name}`]);
    await alike(['COMMAND', 'INFO', 'publish', 'info', 'role']);
    await alike(['COMMAND', 'COUNT']);
    const [real = [], ours = []] = await Promise.all(sides.map((side) => side.commandNames()));
    expect(ours).toEqual(real);
  });

  it('refuses what is wrong', async () => {
    for (const words of WRONG) expect(await alike(words)).toMatch(/^-/);
  });

  it('is configured, and writes its file', async () => {
    for (const words of CONFIGURING) await alike(words);
    const [real = [], ours = []] = sides.map((side) => side.fileLines());
    expect(ours).toEqual(real);
  });

  it('votes once in an epoch', async () => {
    const isDown = ['SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', PRIMARY];
    const ask = (epoch: number, id: string) => alike([...isDown, epoch, id.repeat(40)]);
    expect(await alike([...isDown, 3, '*'])).toBe('[:0, "*", :0]');
    expect(await ask(5, 'a')).toBe('[:0, "<id>", :5]');
    for (const [epoch, id] of [
      [5, 'b'],
      [4, 'c'],
      [7, 'b'],
      [6, 'd'],
    ] as const)
      await ask(epoch, id);
  });

  it('tells of what happens by its channels', async () => {
    const heard = await Promise.all(sides.map((side) => side.events()));
    expect(heard[1]).toEqual(heard[0]);
  });
});

/** Stands for the primary's port. */
const PRIMARY = '<primary>';
const ID = /[0-9a-f]{40}/g;
/** Fields that are not the same even for one sentinel asked twice. */
const CHANGING =
  /"(last-ping-sent|last-ok-ping-reply|last-ping-reply|info-refresh|role-reported-time|link-pending-commands|slave-repl-offset)"(, |: )"\d+"/g;

const TELLING: readonly Words[] = [
  ['SENTINEL', 'MASTERS'],
  ['SENTINEL', 'MASTER', 'mymaster'],
  ['SENTINEL', 'REPLICAS', 'mymaster'],
  ['SENTINEL', 'SLAVES', 'mymaster'],
  ['SENTINEL', 'SENTINELS', 'mymaster'],
  ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'],
  ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'none'],
  ['SENTINEL', 'CKQUORUM', 'mymaster'],
  ['SENTINEL', 'MYID'],
  ['SENTINEL', 'PENDING-SCRIPTS'],
  ['SENTINEL', 'INFO-CACHE', 'none'],
  ['SENTINEL', 'DEBUG'],
  ['SENTINEL', 'HELP'],
  ['SENTINEL', 'SIMULATE-FAILURE', 'HELP'],
  ['SENTINEL', 'CONFIG', 'GET', '*'],
  ['SENTINEL', 'CONFIG', 'GET', 'announce-*'],
  ['ROLE'],
  ['INFO', 'sentinel'],
  ['PING'],
  ['PING', 'text'],
];

const FOREIGN: readonly Words[] = [
  ['GET', 'k'],
  ['SELECT', '0'],
  ['CONFIG', 'GET', 'port'],
  ['MULTI'],
  ['CLUSTER', 'INFO'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['EVAL', 'return 1', '0'],
  ['PUBSUB', 'CHANNELS'],
  ['SSUBSCRIBE', 'a'],
  ['MONITOR'],
  ['DEBUG', 'SLEEP', '0'],
  ['SENTINEL', 'NONE'],
  ['CLIENT', 'NONE'],
];

const PLAIN: readonly Words[] = [
  ['HELLO', '2', 'SETNAME', 'x'],
  ['CLIENT', 'GETNAME'],
  ['CLIENT', 'NO-EVICT', 'off'],
  ['ACL', 'WHOAMI'],
  ['ACL', 'LIST'],
  ['AUTH', 'x'],
  ['INFO', 'commandstats'],
  ['INFO', 'keyspace'],
  ['SUBSCRIBE', 'a'],
  ['UNSUBSCRIBE', 'a'],
];

const WRONG: readonly Words[] = [
  ['SENTINEL'],
  ['SENTINEL', 'MASTERS', 'x'],
  ['SENTINEL', 'MASTER'],
  ['SENTINEL', 'MASTER', 'none'],
  ['SENTINEL', 'REPLICAS', 'none'],
  ['SENTINEL', 'SENTINELS', 'none'],
  ['SENTINEL', 'CKQUORUM', 'none'],
  ['SENTINEL', 'CKQUORUM', 'lonely'],
  ['SENTINEL', 'CKQUORUM', 'crowded'],
  ['SENTINEL', 'FAILOVER', 'none'],
  ['SENTINEL', 'FAILOVER', 'lonely'],
  ['SENTINEL', 'REMOVE', 'none'],
  ['SENTINEL', 'SET', 'mymaster'],
  ['SENTINEL', 'SET', 'mymaster', 'quorum'],
  ['SENTINEL', 'SET', 'none', 'quorum', '1'],
  ['SENTINEL', 'SET', 'mymaster', 'quorum', '0'],
  ['SENTINEL', 'SET', 'mymaster', 'quorum', 'x'],
  ['SENTINEL', 'SET', 'mymaster', 'none', '1'],
  ['SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '-1'],
  ['SENTINEL', 'SET', 'mymaster', 'rename-command', 'a'],
  ['SENTINEL', 'SET', 'mymaster', 'rename-command', '', 'b'],
  ['SENTINEL', 'SET', 'mymaster', 'notification-script', '/bin/true'],
  ['SENTINEL', 'SET', 'mymaster', 'client-reconfig-script', '/bin/true'],
  ['SENTINEL', 'CONFIG'],
  ['SENTINEL', 'CONFIG', 'GET'],
  ['SENTINEL', 'CONFIG', 'SET', 'announce-port', '70000'],
  ['SENTINEL', 'CONFIG', 'SET', 'resolve-hostnames', 'maybe'],
  ['SENTINEL', 'CONFIG', 'SET', 'none', 'x'],
  ['SENTINEL', 'CONFIG', 'REWRITE', 'x', 'y'],
  ['SENTINEL', 'DEBUG', 'none', '1'],
  ['SENTINEL', 'DEBUG', 'info-period', '0'],
  ['SENTINEL', 'DEBUG', 'info-period'],
  ['SENTINEL', 'SIMULATE-FAILURE'],
  ['SENTINEL', 'SIMULATE-FAILURE', 'none'],
  ['SENTINEL', 'MONITOR', 'a', '127.0.0.1', 'x', '1'],
  ['SENTINEL', 'MONITOR', 'a', '127.0.0.1', '1', 'x'],
  ['SENTINEL', 'MONITOR', 'a', '127.0.0.1', '1', '0'],
  ['SENTINEL', 'MONITOR', 'a', '127.0.0.1', '70000', '1'],
  ['SENTINEL', 'MONITOR', 'a', 'localhost', '1', '1'],
  ['SENTINEL', 'MONITOR', 'mymaster', '127.0.0.1', '1', '1'],
  ['SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', 'x', '0', '*'],
  ['SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', '1', 'x', '*'],
  ['SENTINEL', 'INFO-CACHE'],
  ['PUBLISH', 'channel', 'message'],
];

const CONFIGURING: readonly Words[] = [
  ['SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '40000', 'failover-timeout', '50000'],
  ['SENTINEL', 'SET', 'mymaster', 'parallel-syncs', '3', 'quorum', '2'],
  ['SENTINEL', 'SET', 'mymaster', 'rename-command', 'GETSET', 'x', 'master-reboot-down-after-period', '7'],
  ['SENTINEL', 'MASTER', 'lonely'],
  ['SENTINEL', 'CONFIG', 'SET', 'announce-ip', '127.0.0.9'],
  ['SENTINEL', 'CONFIG', 'SET', 'announce-port', '5000'],
  ['SENTINEL', 'CONFIG', 'SET', 'announce-hostnames', 'yes'],
  ['SENTINEL', 'CONFIG', 'GET', '*'],
  ['SENTINEL', 'MONITOR', 'added', '127.0.0.1', '1', '1'],
  ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'added'],
  ['SENTINEL', 'FLUSHCONFIG'],
  ['SENTINEL', 'CONFIG', 'SET', 'announce-hostnames', 'no'],
  ['SENTINEL', 'REMOVE', 'added'],
  ['SENTINEL', 'DEBUG', 'info-period', '20000', 'ping-period', '2000'],
  ['SENTINEL', 'DEBUG'],
];

/** A sentinel with servers to watch, and two primaries that are nowhere. */
class Side {
  private readonly clients = new Map<number, RawClient>();

  private constructor(
    private readonly sentinel: RunningSentinel,
    private readonly primary: TestServer,
    private readonly replica: TestServer,
  ) {}

  static async start(kind: RunningSentinel['kind']): Promise<Side> {
    const primary = await startServer({ settings: { disklessSyncDelay: 0 } });
    const replica = await startServer();
    replica.session.run('REPLICAOF', '127.0.0.1', String(primary.port));
    const isInStep = () => replica.server.replication.following.state === 'connected';
    await until(isInStep, 'the replica is in step');
    const patience = ['mymaster', 'lonely', 'crowded'].map((name) => `sentinel down-after-milliseconds ${name} 600000`);
    const others = ['c', 'd', 'e'].map(
      (id, i) => `sentinel known-sentinel crowded 127.0.0.1 ${i + 1} ${id.repeat(40)}`,
    );
    const sentinel = await startSentinel(kind, [
      `sentinel monitor mymaster 127.0.0.1 ${primary.port} 1`,
      'sentinel monitor lonely 127.0.0.1 1 2',
      'sentinel monitor crowded 127.0.0.1 2 5',
      ...patience,
      ...others,
    ]);
    const side = new Side(sentinel, primary, replica);
    // The next INFO is ten seconds away.
    const isKnown = async () => /"master-link-status", "ok"/.test(await side.ask(['SENTINEL', 'REPLICAS', 'mymaster']));
    await until(isKnown, 'the sentinel knows the replica');
    return side;
  }

  async ask(words: Words, protocol: 2 | 3 = 2): Promise<string> {
    const client = this.clients.get(protocol) ?? (await RawClient.connect(this.sentinel.port, protocol));
    this.clients.set(protocol, client);
    const own = words.map((word) => (word === PRIMARY ? this.primary.port : word));
    return this.mask(replyText(await client.ask(own)));
  }

  async commandNames(): Promise<string[]> {
    return (await this.ask(['COMMAND', 'LIST'])).slice(1, -1).split(', ').sort();
  }

  /** What is heard of a reset, a change and an epoch. */
  async events(): Promise<string[]> {
    const listener = await RawClient.connect(this.sentinel.port);
    await listener.ask(['PSUBSCRIBE', '*']);
    await this.ask(['SENTINEL', 'SET', 'lonely', 'auth-pass', 'secret', 'quorum', '3']);
    await this.ask(['SENTINEL', 'RESET', 'lone*']);
    await this.ask(['SENTINEL', 'MONITOR', 'more', '127.0.0.1', '3', '2']);
    await this.ask(['SENTINEL', 'REMOVE', 'more']);
    const hello = ['127.0.0.1', 4, 'f'.repeat(40), 90, 'lonely', '127.0.0.1', 1, 0].join(',');
    await this.ask(['PUBLISH', '__sentinel__:hello', hello]);
    await this.ask(['PUBLISH', '__sentinel__:hello', hello.replace(',4,', ',5,')]);
    await this.ask(['PUBLISH', '__sentinel__:hello', hello.replace('f'.repeat(40), 'e'.repeat(40))]);
    await this.ask(['PUBLISH', '__sentinel__:hello', hello.replace(/1,0$/, '6,1')]);
    await this.ask(['PUBLISH', '__sentinel__:hello', 'nonsense']);
    await this.ask(['SENTINEL', 'MONITOR', 'last', '127.0.0.1', '3', '2']);
    const heard: string[] = [];
    while (!heard.at(-1)?.includes('last')) heard.push(this.mask(replyText((await listener.take(1))[0]!)));
    listener.close();
    return heard;
  }

  /** Lines about what a sentinel knows. */
  fileLines(): string[] {
    const lines = this.sentinel.file().split('\n');
    return lines
      .filter((line) => line.startsWith('sentinel '))
      .map((line) => this.mask(line))
      .sort();
  }

  async stop(): Promise<void> {
    for (const client of this.clients.values()) client.close();
    await this.sentinel[Symbol.asyncDispose]();
    await this.replica.close();
    await this.primary.close();
  }

  /** Replies about several come in an order of their own. */
  private mask(text: string): string {
    const masked = text
      .replaceAll(ID, '<id>')
      .replaceAll(CHANGING, '"$1"$2"<changing>"')
      .replaceAll(',disconnected', '')
      .replace(/"id"(, |: ):\d+/, '"id"$1<number>')
      .replaceAll(String(this.primary.port), '<primary>')
      .replaceAll(String(this.replica.port), '<replica>')
      .replaceAll(String(this.sentinel.port), '<sentinel>');
    return this.inOrder(masked);
  }

  private inOrder(text: string): string {
    const sorted = (separator: string | RegExp, of = text) => of.split(separator).sort().join('\n');
    if (text.includes('sentinel_masters')) return sorted('\\r\\n', text.replace(/master\d:/g, 'master:'));
    if (/^\[[[{]"name"/.test(text)) return sorted(/(?<=[\]}]), /, text.slice(1, -1));
    return text.startsWith('["sentinel", [') ? sorted(/[[\], ]+/) : text;
  }
}
