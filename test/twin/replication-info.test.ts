import { afterEach, describe, expect, it } from 'vitest';
import { closeNodes, Node } from '../harness/node.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { replyText } from '../harness/sentinels.js';
import { until } from '../harness/until.js';

/**
 * INFO replication and ROLE of a primary and its replica, ours and redis-servers in every mixture: what two redis-servers
 * tell at each point of a story, the other mixtures tell too, field by field. Nothing is streamed but what the story
 * writes, so that offsets are the same everywhere; ports and ids get names, and seconds since something are `<recent>`
 * when it can have been in the story.
 */
type Kind = 'redis' | 'ours';
type Role = 'primary' | 'replica' | 'other';
type Story = (pair: Pair) => Promise<void>;
type Directives = Readonly<Record<string, string>>;

/** Primary and replica; the others are compared with the first. */
const MIXTURES: readonly (readonly [Kind, Kind])[] = [
  ['redis', 'redis'],
  ['redis', 'ours'],
  ['ours', 'redis'],
  ['ours', 'ours'],
];

const QUIET: Directives = { 'repl-ping-replica-period': '3600' };

/** What is waited for, in a text of INFO's lines and a last one of ROLE. */
const now = /^/;
const isAlone = /connected_slaves:0\r\n/;
const isFollowed =
  /connected_slaves:1\r\n(?:min.*\r\n)?slave0:.*,state=online,offset=(\d+),lag=[01]\r\n(?:.*\r\n)*master_repl_offset:\1\r\n/;
const areBothInStep =
  /slave0:.*,offset=(\d+),lag=[01]\r\nslave1:.*,offset=\1,lag=[01]\r\n(?:.*\r\n)*master_repl_offset:\1\r\n/;
const isUp = /master_link_status:up\r\n/;
const isGood = /min_slaves_good_slaves:1\r\nslave0:.*,lag=[01]\r\n/;
const isStill = (state: string) => new RegExp(`master_link_status:down\r\n[^]*\nROLE \\["slave".*"${state}"`);

const STORIES: Readonly<Record<string, Story>> = {
  'nobody follows': async (pair) => {
    await pair.tells('primary', now);
    await pair.run('primary', 'SET k v');
    await pair.run('primary', 'CONFIG SET min-replicas-to-write 2');
    await pair.tells('primary', now);
    await pair.run('primary', 'CONFIG SET min-replicas-max-lag 0 repl-backlog-size 100kb');
    await pair.run('primary', 'REPLICAOF NO ONE');
    await pair.tells('primary', now);
  },

  'a replica follows': async (pair) => {
    await pair.run('primary', 'SET before 1');
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    for (const line of ['SET k v', 'SELECT 3', 'RPUSH l a b c', 'EXPIREAT l 33000000000'])
      await pair.run('primary', line);
    await pair.bothTell(isFollowed, isUp);
  },

  'a replica has a name, an address and rights of its own': async (pair) => {
    await pair.restart('replica', {
      'replica-announce-ip': '127.0.0.9',
      'replica-announce-port': '7777',
      'replica-priority': '7',
      'replica-read-only': 'no',
      'replica-announced': 'no',
    });
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.run('replica', 'SET own 1');
    await pair.run('replica', 'CONFIG SET replica-read-only yes replica-priority 0 replica-announced yes');
    await pair.bothTell(isFollowed, isUp);
  },

  'enough replicas are asked for': async (pair) => {
    for (const role of ['primary', 'replica'] as const) await pair.run(role, 'CONFIG SET min-replicas-to-write 1');
    await pair.tells('primary', now);
    await pair.follow();
    await pair.bothTell(isGood, isUp);
    await pair.run('primary', 'SET k v');
    await pair.bothTell(isFollowed, isUp);
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.bothTell(isAlone, now);
  },

  'the primary goes away': async (pair) => {
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.run('primary', 'SET k v');
    await pair.bothTell(isFollowed, isUp);
    await pair.end('primary');
    await pair.tells('replica', isStill('connect'));
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.tells('replica', now);
    await pair.run('replica', 'SET k w');
    await pair.tells('replica', now);
  },

  'the primary never was there': async (pair) => {
    await pair.run('replica', 'SET own 1');
    await pair.end('primary');
    await pair.follow();
    await pair.tells('replica', isStill('connect'));
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.tells('replica', now);
  },

  'the primary takes the connection and says nothing': async (pair) => {
    const { fill } = await pair.silencePrimary();
    await pair.follow();
    await pair.tells('replica', isStill('handshake'));
    await fill();
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.follow();
    await pair.tells('replica', isStill('connecting'));
  },

  'the replica becomes the primary, and its primary follows it': async (pair) => {
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.run('primary', 'SET k v');
    await pair.bothTell(isFollowed, isUp);
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.bothTell(isAlone, now);
    await pair.run('replica', 'SET k w');
    await pair.bothTell(isAlone, now);
    await pair.follow('primary', 'replica');
    await pair.tells('replica', isFollowed);
    await pair.tells('primary', isUp);
    await pair.run('replica', 'SET k x');
    await pair.tells('replica', isFollowed);
    await pair.tells('primary', isUp);
  },

  'the replica is followed too': async (pair) => {
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.restart('other', {});
    await pair.follow('other', 'replica');
    await pair.tells('other', isUp);
    await pair.run('primary', 'SET k v');
    await pair.bothTell(isFollowed, isFollowed);
    await pair.tells('other', isUp);
  },

  'a second replica follows': async (pair) => {
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.restart('other', {});
    await pair.follow('other', 'primary');
    await pair.tells('other', isUp);
    await pair.run('primary', 'SET k v');
    await pair.tells('primary', areBothInStep);
    await pair.end('replica');
    await pair.tells('primary', isFollowed);
  },

  'the primary of the configuration is not there': async (pair) => {
    await pair.end('primary');
    await pair.restart('replica', { replicaof: `127.0.0.1 ${pair.portOf('primary')}` });
    await pair.tells('replica', isStill('connect'));
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.tells('replica', now);
  },

  'the primary hands over': async (pair) => {
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.run('primary', 'SET k v');
    await pair.bothTell(isFollowed, isUp);
    await pair.run('primary', 'FAILOVER');
    await pair.tells('primary', isUp);
    await pair.tells('replica', isFollowed);
  },

  'a former replica gives up its history': async (pair) => {
    await pair.run('replica', 'CONFIG SET repl-backlog-ttl 1');
    await pair.follow();
    await pair.bothTell(isFollowed, isUp);
    await pair.run('replica', 'REPLICAOF NO ONE');
    await pair.tells('replica', /repl_backlog_active:1/);
    await pair.tells('replica', /repl_backlog_active:0/);
  },

  'the snapshot is on its way': async (pair) => {
    await pair.run('primary', 'CONFIG SET rdb-key-save-delay 60000000 rdbcompression no');
    await pair.run('primary', 'SETRANGE k 100000 end');
    await pair.follow();
    await pair.tells('replica', /master_sync_read_bytes:[1-9]/);
    await pair.tells('primary', /slave0/);
  },
};

const members: Member[] = [];

describe.skipIf(!requireProgram('redis'))('INFO replication and ROLE, as real Redis', () => {
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.end()));
    await closeNodes();
  });

  it.each(Object.entries(STORIES))('%s', (_, story) => compare(story));
});

async function compare(story: Story): Promise<void> {
  const [reference, ...others] = await Promise.all(MIXTURES.map((kinds) => toldIn(story, kinds)));
  for (const [i, told] of others.entries()) {
    expect(told, MIXTURES[i + 1]!.join(' followed by ')).toEqual(reference);
  }
}

async function toldIn(story: Story, kinds: readonly [Kind, Kind]): Promise<readonly string[]> {
  const [primary, replica] = await Promise.all(kinds.map((kind) => start(kind)));
  const pair = new Pair({ primary: primary!, replica: replica! });
  await story(pair);
  return pair.told;
}

interface Member {
  readonly kind: Kind;
  readonly port: number;
  readonly client: RawClient;
  /** At once, without a word to those who follow. */
  end(): Promise<void>;
}

async function start(kind: Kind, more: Directives = {}): Promise<Member> {
  const directives = { ...QUIET, ...more };
  const [port, stop] = await (kind === 'ours' ? startOurs(directives) : startReal(directives));
  const client = await RawClient.connect(port);
  const end = async () => {
    client.close();
    await stop();
  };
  return keep({ kind, port, client, end });
}

function keep(member: Member): Member {
  members.push(member);
  return member;
}

type Started = readonly [port: number, stop: () => Promise<void>];

async function startOurs(directives: Directives): Promise<Started> {
  const { port, server } = await Node.start(directives);
  return [port, () => server.close()];
}

async function startReal(directives: Directives): Promise<Started> {
  const server = await startRedis({ directives });
  return [server.port, () => server.stop()];
}

/** The third server is the same in every mixture. */
const OTHER = { kind: 'redis', end: async () => undefined } as const;

/** A primary and its replica, and what they have told so far. */
class Pair {
  readonly told: string[] = [];
  private readonly ids: string[] = [];
  private readonly begunAt = performance.now();

  constructor(private readonly members: Partial<Record<Role, Member>>) {}

  portOf(role: Role): number {
    return this.member(role).port;
  }

  async run(role: Role, line: string): Promise<void> {
    const reply = replyText(await this.member(role).client.ask(line.split(' ')));
    this.told.push(`${role}> ${line}`, this.named(reply));
  }

  end(role: Role): Promise<void> {
    return this.member(role).end();
  }

  /** Starts anew, with nothing of what it had. */
  async restart(role: Role, directives: Directives): Promise<void> {
    const { kind, end } = this.members[role] ?? OTHER;
    await end();
    this.members[role] = await start(kind, directives);
  }

  /** One that the system takes connections for, until there are too many of them, and that never looks at them. */
  async silencePrimary(): Promise<{ readonly fill: () => Promise<void> }> {
    await this.end('primary');
    const server = await startRedis({ directives: { 'tcp-backlog': '1' } });
    const client = await RawClient.connect(server.port);
    await client.ask(['PING']);
    server.pause();
    this.members.primary = keep({ kind: 'redis', port: server.port, client, end: () => server.stop() });
    // The replica's own is there already.
    return { fill: async () => void (await RawClient.connect(server.port)) };
  }

  async follow(role: Role = 'replica', whom: Role = 'primary'): Promise<void> {
    await this.member(role).client.ask(['REPLICAOF', '127.0.0.1', this.portOf(whom)]);
  }

  async bothTell(ofPrimary: RegExp, ofReplica: RegExp): Promise<void> {
    await this.tells('primary', ofPrimary);
    await this.tells('replica', ofReplica);
  }

  async tells(role: Role, pattern: RegExp): Promise<void> {
    let text = '';
    const isTold = async () => pattern.test((text = await this.ask(role)));
    await until(isTold, `the ${role} tells ${pattern}`).catch((error) => {
      throw new Error(`${this.member(role).kind}: ${text}`, { cause: error });
    });
    this.told.push(`${role}:`, ...this.named(text).split('\r\n'));
  }

  private async ask(role: Role): Promise<string> {
    const { client } = this.member(role);
    const info = (await client.ask(['INFO', 'replication'])).toString();
    return `${info.slice(info.indexOf('\n') + 1)}ROLE ${replyText(await client.ask(['ROLE']))}`;
  }

  private named(text: string): string {
    const longest = Math.ceil((performance.now() - this.begunAt) / 1000);
    const named = text
      .replace(/\b[0-9a-f]{40}\b/g, (id) => this.nameOf(id))
      .replace(/(?<=seconds(?:_ago)?:)\d+/g, (seconds) => (Number(seconds) <= longest ? '<recent>' : seconds))
      .replace(/(?<=master_sync_(?:read|left)_bytes:-?)[1-9]\d*/g, '<bytes>')
      .replace(/(?<=lag=)[01]\b/g, '<recent>');
    const roles = Object.entries(this.members);
    return roles.reduce(
      (all, [role, { port }]) => all.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), `<${role}>`),
      named,
    );
  }

  private member(role: Role): Member {
    const member = this.members[role];
    if (member === undefined) throw new Error(`there is no ${role} yet`);
    return member;
  }

  /** By when it was told first. */
  private nameOf(id: string): string {
    if (/^0+$/.test(id)) return '<none>';
    if (!this.ids.includes(id)) this.ids.push(id);
    return `<id ${this.ids.indexOf(id) + 1}>`;
  }
}
