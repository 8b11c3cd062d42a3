import { type Instance, Primary } from './instance.js';
import type { Sentinel } from './sentinel.js';

/** Finds out who is down: as this sentinel sees it (SDOWN), and as enough of them see it (ODOWN). */
export class DownDetection {
  constructor(private readonly sentinel: Sentinel) {}

  checkSubjectively(instance: Instance): void {
    const { events, now } = this.sentinel;
    this.dropSilentLinks(instance);
    if (this.isDown(instance)) {
      if (instance.is('s_down')) return;
      events.about('warning', '+sdown', instance);
      instance.downSince = now;
      instance.flags.add('s_down');
    } else if (instance.is('s_down')) {
      events.about('warning', '-sdown', instance);
      instance.flags.delete('s_down');
      instance.flags.delete('script_kill_sent');
    }
  }

  checkObjectively(primary: Primary): void {
    const { events, now } = this.sentinel;
    const agree = [...primary.sentinels.values()].filter((other) => other.is('master_down')).length + 1;
    if (primary.is('s_down') && agree >= primary.quorum) {
      if (primary.is('o_down')) return;
      events.about('warning', '+odown', primary, `#quorum ${agree}/${primary.quorum}`);
      primary.objectivelyDownSince = now;
      primary.flags.add('o_down');
    } else if (primary.flags.delete('o_down')) events.about('warning', '-odown', primary);
  }

  /** Asks the other sentinels about a primary that is down and, during a failover, for their votes. */
  askOthers(primary: Primary, isUrgent: boolean): void {
    const { sentinel } = this;
    const { now, timing } = sentinel;
    for (const other of primary.sentinels.values()) {
      const age = now - other.primaryDownSaidAt;
      if (age > timing.askPeriod * 5) {
        other.flags.delete('master_down');
        other.leader = undefined;
      }
      const isDue = isUrgent || age >= timing.askPeriod;
      if (isDue && primary.is('s_down') && !other.link.isDisconnected) sentinel.watch.askIfDown(other);
    }
  }

  private isDown(instance: Instance): boolean {
    const { now, timing } = this.sentinel;
    const { link, primary } = instance;
    const { downAfter } = primary;
    const since = link.pingPendingSince || (link.isDisconnected ? link.availableAt : now);
    if (now - since > downAfter) return true;
    if (!(instance instanceof Primary)) return false;
    const hasChangedRole = instance.roleReported === 'slave';
    if (hasChangedRole && now - instance.roleReportedAt > downAfter + timing.infoPeriod * 2) return true;
    return instance.is('rebooted') && now - instance.rebootedAt > instance.rebootDownAfter;
  }

  /** Connections that look alive and bring nothing are made anew. */
  private dropSilentLinks({ link, primary }: Instance): void {
    const { now, timing } = this.sentinel;
    const isOld = (createdAt: number) => now - createdAt > timing.minLinkReconnectPeriod;
    const half = primary.downAfter / 2;
    const isUnanswered = link.pingPendingSince !== 0 && now - link.pingPendingSince > half && now - link.pongAt > half;
    if (link.commands !== undefined && isOld(link.commands.createdAt) && isUnanswered) link.dropCommands();
    const isSilent = now - link.lastMessageAt > timing.publishPeriod * 3;
    if (link.messages !== undefined && isOld(link.messages.createdAt) && isSilent) link.dropMessages();
  }
}
