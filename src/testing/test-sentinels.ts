import type { Clock } from '../core/clock.js';
import type { Primary } from '../server/sentinel/instance.js';
import type { Timing } from '../server/sentinel/timing.js';
import type { Settings } from '../server/settings.js';
import { type FaultRule, type InjectedFault, injectAll } from './faults.js';
import { TestNetwork } from './test-network.js';
import { TestSentinel, type TestSentinelMember, TestWatchedServer } from './test-sentinel-member.js';
import { until } from './until.js';

export interface TestSentinelsOptions {
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
  /** Moves the time of all servers and sentinels. */
  readonly clock?: Clock;
  /** Makes what they choose at random the same every time. */
  readonly seed?: number;
  /** Of the servers with data. */
  readonly settings?: Partial<Settings>;
  /** Directives of redis.conf, as text, for the servers with data: `{ maxmemory: '10mb' }`. */
  readonly directives?: Readonly<Record<string, string>>;
}

/** A primary, its replicas and sentinels that watch them, in this process, on free ports of 127.0.0.1; `await using` closes all. */
export class TestSentinels implements AsyncDisposable {
  constructor(
    /** What clients ask the sentinels for. */
    readonly name: string,
    /** All that have data, those that were killed too. */
    readonly servers: readonly TestWatchedServer[],
    readonly sentinels: readonly TestSentinel[],
    private readonly network: TestNetwork<TestSentinelMember>,
  ) {}

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

  /** Ends a server or a sentinel at once. The others find out within the time after which one counts as gone, or by `failover`. */
  async kill(member: TestSentinelMember): Promise<void> {
    await member.kill();
  }

  /** Starts one that was killed, on its port: with its data as if it had been written to a file, or without any. */
  async restart(member: TestSentinelMember, options: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    await member.restart(options);
  }

  /** It accepts, is silent and does nothing, as a process that got SIGSTOP. */
  pause(member: TestSentinelMember): void {
    member.pause();
  }

  resume(member: TestSentinelMember): void {
    member.resume();
  }

  /**
   * Servers and sentinels of different groups do not reach each other any more until `heal`; those that are in no group are
   * one more. Clients reach all of them.
   */
  partition(groups: readonly (readonly TestSentinelMember[])[]): void {
    this.network.divide(groups);
  }

  /** Ends a partition, forgets all faults and lets those that are paused go on; those that were killed stay so. */
  heal(): void {
    this.network.heal();
    for (const member of this.members) {
      member.heal();
      if (member.isAlive) member.resume();
    }
  }

  /** The fault at all servers with data, each of them counting for itself. Sentinels are clients, too. */
  inject(rule: FaultRule): InjectedFault {
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

  /** Resolves when all replicas have what the primary has. */
  async inStep(): Promise<void> {
    const { primary, replicas } = this;
    if (!primary.isAlive) return;
    await until(
      () => replicas.every(({ server }) => server.replication.offset === primary.server.replication.offset),
      DISAGREE,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private get members(): TestSentinelMember[] {
    return [...this.sentinels, ...this.servers];
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
  const connect = (from: TestSentinelMember) => (place: Parameters<typeof network.connect>[1]) =>
    network.connect(from, place);
  const servers = Array.from({ length: 1 + replicas }, (_, i) => {
    const own = { ...common(options, i), ...pick(options, 'settings'), ...pick(options, 'directives') };
    const more = {
      settings: { disklessSyncDelay: 0 },
      directives: { masterauth: passwordOf(options) },
      keepsFiles: false,
    };
    return new TestWatchedServer(own, more, connect);
  });
  const watching = Array.from(
    { length: sentinels },
    (_, i) => new TestSentinel(common(options, 1 + replicas + i), connect, timingFor(options)),
  );
  const network: TestNetwork<TestSentinelMember> = new TestNetwork<TestSentinelMember>([...servers, ...watching]);
  const started = new TestSentinels(name, servers, watching, network);
  try {
    await listenAll([...servers, ...watching]);
    const [primary] = servers as [TestWatchedServer];
    for (const replica of servers.slice(1)) replica.follow(primary.port);
    await until(
      () => servers.slice(1).every(({ server }) => server.replication.following.state === 'connected'),
      DISAGREE,
    );
    for (const { server } of servers) server.replication.askForAcks();
    for (const sentinel of watching) introduce(sentinel, servers, watching, options);
    await until(() => watching.every((sentinel) => knowsAll(sentinel, name)), DISAGREE);
  } catch (error) {
    await started.close();
    throw error;
  }
  return started;
}

/** What servers ask for, of each other too. */
function passwordOf({ settings, directives }: TestSentinelsOptions): string {
  return directives?.['requirepass'] ?? settings?.password ?? '';
}

function common({ clock, seed }: TestSentinelsOptions, i: number) {
  return { ...(clock && { clock }), ...(seed !== undefined && { seed: seed + i + 1 }) };
}

function pick<Key extends keyof TestSentinelsOptions>(options: TestSentinelsOptions, key: Key) {
  return options[key] === undefined ? {} : { [key]: options[key] };
}

async function listenAll(members: readonly TestSentinelMember[]): Promise<void> {
  const starting = await Promise.allSettled(members.map((member) => member.listen()));
  for (const each of starting) if (each.status === 'rejected') throw each.reason;
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
