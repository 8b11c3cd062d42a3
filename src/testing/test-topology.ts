import type { Clock } from '../core/clock.js';
import type { Settings } from '../server/settings.js';
import { type FaultRule, type InjectedFault, injectAll } from './faults.js';
import type { TestNetwork } from './test-network.js';
import type { TestNetworkNode } from './test-network-node.js';
import type { TestServerOptions } from './test-server.js';
import { until } from './until.js';

export interface TestTopologyOptions {
  /** Moves the time of all of them. */
  readonly clock?: Clock;
  /** Makes what they choose at random the same every time. */
  readonly seed?: number;
  /** Of all that have data. */
  readonly settings?: Partial<Settings>;
  /** Directives of redis.conf, as text, for all that have data: `{ maxmemory: '10mb' }`. */
  readonly directives?: Readonly<Record<string, string>>;
}

/** Servers in this process that make up something together, on free ports of 127.0.0.1; `await using` closes them. */
export abstract class TestTopology<Member extends TestNetworkNode> implements AsyncDisposable {
  constructor(
    protected readonly members: readonly Member[],
    private readonly network: TestNetwork,
  ) {}

  /** Ends one at once, with its connections. The others find out within the time after which one counts as gone, or by `failover`. */
  async kill(member: Member): Promise<void> {
    await member.kill();
  }

  /** Starts one that was killed, on its ports: with its data as if it had been written to a file, or without any. */
  async restart(member: Member, options: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    await member.restart(options);
  }

  /** It accepts, is silent to clients and to the others and does nothing, as a process that got SIGSTOP. */
  pause(member: Member): void {
    member.pause();
  }

  resume(member: Member): void {
    member.resume();
  }

  /**
   * Those of different groups do not reach each other any more, until `heal`; those that are in no group are one more.
   * Clients reach all of them.
   */
  partition(groups: readonly (readonly Member[])[]): void {
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

  /** The fault at all of them, each counting for itself. */
  inject(rule: FaultRule): InjectedFault {
    return injectAll(this.members, rule);
  }

  /** Resolves when all replicas have what their primaries have; one whose primary was killed has nothing to wait for. */
  async inStep(): Promise<void> {
    const { following } = this;
    await until(
      () => following.every(([{ server }, primary]) => server.replication.offset === primary.server.replication.offset),
      'the replicas do not get what their primaries have',
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Each replica with its primary, both alive. */
  protected abstract get following(): readonly (readonly [replica: Member, primary: Member])[];
}

/** Has all of them listen, and `form` make them what they are together; closes them when that fails. */
export async function startMembers(members: readonly TestNetworkNode[], form: () => Promise<void>): Promise<void> {
  try {
    const starting = await Promise.allSettled(members.map((member) => member.listen()));
    for (const each of starting) if (each.status === 'rejected') throw each.reason;
    await form();
  } catch (error) {
    await Promise.all(members.map((member) => member.close()));
    throw error;
  }
}

/** What the i-th of them has of the options, whatever it is. */
export function memberOptions({ clock, seed }: TestTopologyOptions, i: number): TestServerOptions {
  return { ...(clock && { clock }), ...(seed !== undefined && { seed: seed + i + 1 }) };
}

/** What the i-th of them has of the options when it has data. */
export function dataOptions(options: TestTopologyOptions, i: number): TestServerOptions {
  const { settings, directives } = options;
  return { ...memberOptions(options, i), ...(settings && { settings }), ...(directives && { directives }) };
}

/** How those that have data are made. */
export const DATA_SERVER = { settings: { disklessSyncDelay: 0 }, keepsFiles: false };
