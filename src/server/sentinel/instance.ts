import type { InstanceAddress } from './address.js';
import { InstanceLink } from './instance-link.js';

/** What is known of an instance, in the words and in the order in which SENTINEL tells it. */
export const FLAGS = [
  's_down',
  'o_down',
  'master_down',
  'failover_in_progress',
  'promoted',
  'reconf_sent',
  'reconf_inprog',
  'reconf_done',
  'force_failover',
  'script_kill_sent',
] as const;

/** `rebooted` is not told. */
export type Flag = (typeof FLAGS)[number] | 'rebooted';

export type Role = 'master' | 'slave';

/** A server that is watched: a primary, one of its replicas, or another sentinel that watches the same primary. */
abstract class WatchedInstance {
  /** '' until it is known. */
  runId = '';
  readonly flags = new Set<Flag>();
  /** When this sentinel was last announced there. */
  publishedAt: number;
  downSince = 0;
  /** It is not watched any more; what is still answered is not for it. */
  isGone = false;

  constructor(
    readonly name: string,
    public address: InstanceAddress,
    public link: InstanceLink,
    now: number,
  ) {
    this.publishedAt = now;
  }

  is(flag: Flag): boolean {
    return this.flags.has(flag);
  }

  /** No more of interest. */
  release(): void {
    this.isGone = true;
    this.link.release();
  }
}

/** One that holds data and tells of itself by INFO. */
abstract class DataInstance extends WatchedInstance {
  /** When INFO was answered last; 0: never. */
  infoAt = 0;
  info: string | undefined;
  roleReportedAt: number;
  /** What the replica it says to be tells of its primary. */
  primaryHost: string | undefined;
  primaryPort = 0;
  primaryLinkIsUp = false;
  primaryLinkDownFor = 0;
  /** When it was seen last to follow another primary than before. */
  primaryChangedAt: number;
  priority = 100;
  isAnnounced = true;
  offset = 0;

  constructor(
    name: string,
    address: InstanceAddress,
    public roleReported: Role | undefined,
    now: number,
  ) {
    super(name, address, new InstanceLink(true, now), now);
    this.roleReportedAt = now;
    this.primaryChangedAt = now;
  }
}

/** Where a failover is, in the words of SENTINEL. */
export type FailoverState =
  | 'none'
  | 'wait_start'
  | 'select_slave'
  | 'send_slaveof_noone'
  | 'wait_promotion'
  | 'reconf_slaves'
  | 'update_config';

export class Primary extends DataInstance {
  readonly kind = 'master';
  readonly replicas = new Map<string, Replica>();
  readonly sentinels = new Map<string, OtherSentinel>();
  configEpoch = 0;
  parallelSyncs = 1;
  downAfter: number;
  failoverTimeout: number;
  rebootDownAfter = 0;
  rebootedAt = 0;
  objectivelyDownSince = 0;
  user: string | undefined;
  password: string | undefined;
  notificationScript: string | undefined;
  reconfigurationScript: string | undefined;
  /** What commands are called there, by their names in lower case. */
  readonly renamed = new Map<string, { readonly command: string; readonly name: string }>();
  /** Whom this sentinel has voted for, and when. */
  leader: string | undefined;
  leaderEpoch = 0;
  failoverEpoch = 0;
  failoverState: FailoverState = 'none';
  failoverChangedAt = 0;
  failoverStartedAt = 0;
  /** The delay after which attempt has been logged. */
  delayLoggedFor = 0;
  promoted: Replica | undefined;

  constructor(
    name: string,
    address: InstanceAddress,
    /** How many sentinels have to find it down. */
    public quorum: number,
    { now, downAfter, failoverTimeout }: { now: number; downAfter: number; failoverTimeout: number },
  ) {
    super(name, address, 'master', now);
    this.downAfter = downAfter;
    this.failoverTimeout = failoverTimeout;
  }

  get primary(): Primary {
    return this;
  }

  get isInFailover(): boolean {
    return this.is('failover_in_progress');
  }

  /** That of the replica that takes its place as soon as it has done so. */
  get currentAddress(): InstanceAddress {
    const isReplaced = this.isInFailover && ['reconf_slaves', 'update_config'].includes(this.failoverState);
    return isReplaced && this.promoted !== undefined ? this.promoted.address : this.address;
  }

  goTo(state: FailoverState, now: number): void {
    this.failoverState = state;
    this.failoverChangedAt = now;
  }

  override release(): void {
    for (const one of [...this.replicas.values(), ...this.sentinels.values()]) one.release();
    super.release();
  }
}

export class Replica extends DataInstance {
  readonly kind = 'slave';
  reconfSentAt = 0;

  constructor(
    name: string,
    address: InstanceAddress,
    readonly primary: Primary,
    now: number,
  ) {
    super(name, address, 'slave', now);
  }

  override release(): void {
    if (this.primary.promoted === this) this.primary.promoted = undefined;
    super.release();
  }
}

export class OtherSentinel extends WatchedInstance {
  readonly kind = 'sentinel';
  helloAt: number;
  /** When it has said last whether the primary is down. */
  primaryDownSaidAt: number;
  /** Whom it has voted for, and when. */
  leader: string | undefined;
  leaderEpoch = 0;

  constructor(
    id: string,
    address: InstanceAddress,
    readonly primary: Primary,
    now: number,
  ) {
    super(id, address, new InstanceLink(false, now), now);
    this.runId = id;
    this.helloAt = now;
    this.primaryDownSaidAt = now;
  }
}

export type Instance = Primary | Replica | OtherSentinel;

/** What the instance's commands are called there. */
export function commandName(instance: Instance, command: string): string {
  return instance.primary.renamed.get(command.toLowerCase())?.name ?? command;
}
