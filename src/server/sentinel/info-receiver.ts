import { type InfoReport, parseInfo } from './info-report.js';
import { Primary, type Replica, type Role } from './instance.js';
import type { Sentinel } from './sentinel.js';

/** Takes what servers tell of themselves, and puts right what is not as it should be. */
export class InfoReceiver {
  constructor(private readonly sentinel: Sentinel) {}

  receive(instance: Primary | Replica, text: string): void {
    const { now } = this.sentinel;
    const report = parseInfo(text);
    instance.info = text;
    instance.infoAt = now;
    this.noteRunId(instance, report.runId);
    if (instance instanceof Primary) this.addReplicas(instance, report);
    instance.primaryLinkDownFor = report.primaryLinkDownFor;
    if (report.role === 'slave') this.noteReplication(instance, report);
    this.noteRole(instance, report.role);
    if (this.sentinel.isTilted || instance instanceof Primary) return;
    if (report.role === 'master') this.becamePrimary(instance);
    else if (report.role === 'slave') this.isReplica(instance);
  }

  private noteRunId(instance: Primary | Replica, runId: string | undefined): void {
    if (runId === undefined || runId === instance.runId) return;
    const { events, now } = this.sentinel;
    if (instance.runId !== '') {
      events.about('notice', '+reboot', instance);
      if (instance instanceof Primary && instance.rebootDownAfter !== 0) {
        instance.flags.add('rebooted');
        instance.rebootedAt = now;
      }
    }
    instance.runId = runId;
  }

  private addReplicas(primary: Primary, { replicas }: InfoReport): void {
    const { sentinel } = this;
    for (const { host, port } of replicas) {
      const address = sentinel.resolve(host, port);
      if (address === undefined || primary.replicas.has(sentinel.placeName(address))) continue;
      const replica = sentinel.addReplica(primary, address);
      sentinel.events.about('notice', '+slave', replica);
      sentinel.save();
    }
  }

  private noteReplication(instance: Primary | Replica, report: InfoReport): void {
    const { primaryHost, primaryPort, primaryLinkIsUp, priority, offset, isAnnounced } = report;
    const isOther = primaryHost !== undefined && primaryHost.toLowerCase() !== instance.primaryHost?.toLowerCase();
    if (isOther || (primaryPort !== undefined && primaryPort !== instance.primaryPort)) {
      instance.primaryChangedAt = this.sentinel.now;
    }
    if (isOther) instance.primaryHost = primaryHost;
    instance.primaryPort = primaryPort ?? instance.primaryPort;
    instance.primaryLinkIsUp = primaryLinkIsUp ?? instance.primaryLinkIsUp;
    instance.priority = priority ?? instance.priority;
    instance.offset = offset ?? instance.offset;
    instance.isAnnounced = isAnnounced ?? instance.isAnnounced;
  }

  private noteRole(instance: Primary | Replica, role: Role | undefined): void {
    if (role === instance.roleReported) return;
    const { events, now } = this.sentinel;
    instance.roleReported = role;
    instance.roleReportedAt = now;
    if (role === 'slave') instance.primaryChangedAt = now;
    const event = instance.kind === role ? '+role-change' : '-role-change';
    events.about('verbose', event, instance, `new reported role is ${role === 'master' ? 'master' : 'slave'}`);
  }

  /** A replica says that it is a primary: the promoted one, as wanted, or one that has to be told that it is none. */
  private becamePrimary(replica: Replica): void {
    const { events, failover, now, timing } = this.sentinel;
    const { primary } = replica;
    const isAwaited = replica.is('promoted') && primary.isInFailover && primary.failoverState === 'wait_promotion';
    if (isAwaited) {
      failover.promotionSeen(replica);
      return;
    }
    // Others may know better, and have some time to say so.
    const patience = timing.publishPeriod * 4;
    const isSettled = now - replica.roleReportedAt > patience && this.wasUpFor(replica, patience);
    if (replica.is('promoted') || !isSettled || !this.looksSane(primary)) return;
    failover.reconfigure(replica, primary.address);
    events.about('notice', '+convert-to-slave', replica);
  }

  private isReplica(replica: Replica): void {
    const { events, failover, now } = this.sentinel;
    const { primary } = replica;
    const followsPrimary = replica.primaryPort === primary.address.port && this.follows(replica, primary);
    const patience = primary.failoverTimeout;
    const isSettled = now - replica.primaryChangedAt > patience && this.wasUpFor(replica, patience);
    if (!followsPrimary && isSettled && this.looksSane(primary)) {
      failover.reconfigure(replica, primary.address);
      events.about('notice', '+fix-slave-config', replica);
    }
    this.noteReconfiguration(replica);
  }

  /** How far the replica is that was told to follow the promoted one. */
  private noteReconfiguration(replica: Replica): void {
    const { events } = this.sentinel;
    const { promoted } = replica.primary;
    const follows = promoted !== undefined && replica.primaryPort === promoted.address.port;
    if (replica.is('reconf_sent') && follows && this.follows(replica, promoted)) {
      replica.flags.delete('reconf_sent');
      replica.flags.add('reconf_inprog');
      events.about('notice', '+slave-reconf-inprog', replica);
    }
    if (replica.is('reconf_inprog') && replica.primaryLinkIsUp) {
      replica.flags.delete('reconf_inprog');
      replica.flags.add('reconf_done');
      events.about('notice', '+slave-reconf-done', replica);
    }
  }

  private follows(replica: Replica, { address }: Primary | Replica): boolean {
    return replica.primaryHost !== undefined && this.sentinel.isHost(address, replica.primaryHost);
  }

  private wasUpFor({ downSince }: Replica, time: number): boolean {
    return downSince === 0 || this.sentinel.now - downSince > time;
  }

  /** It is up, says that it is a primary, and has said so lately. */
  private looksSane(primary: Primary): boolean {
    const { now, timing } = this.sentinel;
    const isDown = primary.is('s_down') || primary.is('o_down');
    return primary.roleReported === 'master' && !isDown && now - primary.infoAt < timing.infoPeriod * 2;
  }
}
