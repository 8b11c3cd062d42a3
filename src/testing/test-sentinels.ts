import type { Primary } from '../server/sentinel/instance.js';
import type { Timing } from '../server/sentinel/timing.js';
import { type FaultRule, type InjectedFault, injectAll } from './faults.js';
import { TestNetwork } from './test-network.js';
import { TestSentinel, type TestSentinelMember, TestWatchedServer } from './test-sentinel-member.js';
import {
  DATA_SERVER,
  dataOptions,
  memberOptions,
  startMembers,
  TestTopology,
  type TestTopologyOptions,
} from './test-topology.js';
import { until } from './until.js';

export interface TestSentinelsOptions extends TestTopologyOptions {
  /** Of the primary; 2 by default. */
  readonly replicas?: number;
  /** 3 by default. */
  readonly sentinels?: number;
  /** What clients ask for; `mymaster` by default. */
  readonly name?: string;
  /** How many sentinels have to find the primary down; most of them by default. */
  readonly quorum?: number;
  /** Milliseconds until a silent server counts as gone; 5000 by default, for busy machines. */
  readonly downAfter?: number;
}

/** A primary, its replicas and sentinels that watch them, in this process, on free ports of 127.0.0.1; `await using` closes all. */
export class TestSentinels extends TestTopology<TestSentinelMember> {
  constructor(
    /** What clients ask the sentinels for. */
    readonly name: string,
    /** All that have data, those that were killed too. */
    readonly servers: readonly TestWatchedServer[],
    readonly sentinels: readonly TestSentinel[],
    network: TestNetwork,
  ) {
    super([...sentinels, ...servers], network);
  }

  /** The server that the sentinels name now, killed or not. */
  get primary(): TestWatchedServer {
    const [port] = this.namedPorts;
    return this.servers.find((server) => server.port === port)!;
  }

  /** All others that were not killed. */
  get replicas(): TestWatchedServer[] {
    const { primary } = this;
    return this.servers.filter((server) => server.isAlive && server !== primary);
  }

  /** Of the sentinels. */
  get urls(): string[] {
    return this.watching.map(({ url }) => url);
  }

  /** Of the sentinels, as most clients want them. */
  get addresses(): { host: string; port: number }[] {
    return this.watching.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The fault at all servers with data, each of them counting for itself. Sentinels are clients, too. */
  override inject(rule: FaultRule): InjectedFault {
    return injectAll(this.servers, rule);
  }

  /**
   * A replica takes the primary's place, killed or not, without waiting for anything to be found out. Resolves, with the new
   * primary, when all sentinels name it and all others follow it.
   */
  async failover(): Promise<TestWatchedServer> {
    const before = this.primary;
    const [leader] = this.watching;
    if (leader === undefined) throw new Error('no sentinel is alive');
    // One that was just started, or was held up, may have to be heard of first.
    await until(() => {
      leader.sentinel.round();
      return leader.sentinel.failover.candidate(this.watchedBy(leader)) !== undefined;
    }, DISAGREE);
    leader.control('FAILOVER', this.name);
    await until(() => {
      this.hasten();
      return this.agrees && this.primary !== before;
    }, DISAGREE);
    // Left alone, the sentinels would first give it time to find out by itself.
    const old = this.watchedBy(leader).replicas.get(`127.0.0.1:${before.port}`);
    if (before.isAlive && old !== undefined) {
      await until(() => {
        leader.sentinel.round();
        return !old.link.isDisconnected;
      }, DISAGREE);
      leader.sentinel.failover.reconfigure(old, this.watchedBy(leader).address);
    }
    const { primary } = this;
    await until(
      () => primary.isPrimary && this.replicas.every((replica) => replica.primaryPort === primary.port),
      DISAGREE,
    );
    return primary;
  }

  protected get following(): [TestWatchedServer, TestWatchedServer][] {
    const { primary } = this;
    return primary.isAlive ? this.replicas.map((replica) => [replica, primary]) : [];
  }

  private get watching(): TestSentinel[] {
    return this.sentinels.filter(({ isAlive }) => isAlive);
  }

  private watchedBy({ sentinel }: TestSentinel): Primary {
    return sentinel.primaries.get(this.name)!;
  }

  private get namedPorts(): number[] {
    const watching = this.watching.length > 0 ? this.watching : this.sentinels;
    return watching.map((sentinel) => this.watchedBy(sentinel).currentAddress.port);
  }

  private get agrees(): boolean {
    const isUnderWay = this.watching.some((sentinel) => this.watchedBy(sentinel).isInFailover);
    return !isUnderWay && new Set(this.namedPorts).size === 1;
  }

  /** What the sentinels would do and ask a little later they do and ask at once. */
  private hasten(): void {
    for (const member of this.watching) {
      const { failoverState, replicas } = this.watchedBy(member);
      const waits = failoverState === 'wait_promotion' || failoverState === 'reconf_slaves';
      for (const replica of waits ? replicas.values() : []) {
        if (replica.link.pending === 0) member.sentinel.watch.askInfo(replica);
      }
      member.sentinel.round();
    }
  }
}

/** Starts a primary, replicas that are in step with it, and sentinels that know all of them and each other. */
export async function startSentinels(options: TestSentinelsOptions = {}): Promise<TestSentinels> {
  const { replicas = 2, sentinels = 3, name = 'mymaster' } = options;
  const more = { ...DATA_SERVER, directives: { masterauth: passwordOf(options) } };
  const servers = Array.from(
    { length: 1 + replicas },
    (_, i) => new TestWatchedServer(dataOptions(options, i), more, () => network),
  );
  const timing = timingFor(options);
  const watching = Array.from(
    { length: sentinels },
    (_, i) => new TestSentinel(memberOptions(options, 1 + replicas + i), () => network, timing),
  );
  const members = [...servers, ...watching];
  const network: TestNetwork = new TestNetwork(members);
  await startMembers(members, async () => {
    const [primary, ...others] = servers as [TestWatchedServer, ...TestWatchedServer[]];
    for (const replica of others) replica.follow(primary.port);
    await until(() => others.every(({ server }) => server.replication.following.state === 'connected'), DISAGREE);
    for (const { server } of servers) server.replication.askForAcks();
    for (const sentinel of watching) introduce(sentinel, servers, watching, options);
    await until(() => watching.every((sentinel) => knowsAll(sentinel, name)), DISAGREE);
  });
  return new TestSentinels(name, servers, watching, network);
}

/** What servers ask for, of each other too. */
function passwordOf({ settings, directives }: TestSentinelsOptions): string {
  return directives?.['requirepass'] ?? settings?.password ?? '';
}

/** Sooner than in earnest, but for suspicion of the clock: a machine that is busy has not set it. */
function timingFor({ downAfter = DOWN_AFTER }: TestSentinelsOptions): Partial<Timing> {
  return {
    // A connection is made anew once in so long, which must not count as being gone.
    pingPeriod: Math.min(1000, Math.ceil(downAfter / 4)),
    infoPeriod: 500,
    askPeriod: 100,
    publishPeriod: 200,
    urgentInfoPeriod: 50,
    maxDesync: 100,
    electionTimeout: 2000,
    tiltTrigger: 3_600_000,
  };
}

/** Tells a sentinel what it would find out within some seconds. */
function introduce(
  { sentinel }: TestSentinel,
  [primary, ...replicas]: readonly TestWatchedServer[],
  sentinels: readonly TestSentinel[],
  options: TestSentinelsOptions,
): void {
  const { name = 'mymaster', quorum = Math.floor(sentinels.length / 2) + 1, downAfter = DOWN_AFTER } = options;
  const password = passwordOf(options);
  const place = (server: TestSentinelMember) => ['127.0.0.1', String(server.port)];
  sentinel.load(['monitor', name, ...place(primary!), String(quorum)]);
  sentinel.load(['down-after-milliseconds', name, String(downAfter)]);
  sentinel.load(['failover-timeout', name, String(FAILOVER_TIMEOUT)]);
  sentinel.load(['parallel-syncs', name, String(Math.max(1, replicas.length))]);
  if (password !== '') sentinel.load(['auth-pass', name, password]);
  for (const replica of replicas) sentinel.load(['known-replica', name, ...place(replica)]);
  for (const other of sentinels) {
    if (other.sentinel !== sentinel) sentinel.load(['known-sentinel', name, ...place(other), other.id]);
  }
  sentinel.round();
}

/** All have answered, and each replica has said that it is in step. */
function knowsAll({ sentinel }: TestSentinel, name: string): boolean {
  const { replicas, sentinels, infoAt } = sentinel.primaries.get(name)!;
  const others = [...sentinels.values()];
  return (
    infoAt > 0 &&
    [...replicas.values()].every((replica) => replica.primaryLinkIsUp) &&
    others.every(({ link }) => link.pingPendingSince === 0)
  );
}

/** Milliseconds. */
const DOWN_AFTER = 5000;
const FAILOVER_TIMEOUT = 10_000;
const DISAGREE = 'the sentinels do not agree';
