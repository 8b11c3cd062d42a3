import type { InstanceAddress } from './address.js';
import { commandName, type Primary, type Replica } from './instance.js';
import { selectReplica } from './selection.js';
import type { Sentinel } from './sentinel.js';

/**
 * A failover, step by step, seen to at each round: elected, it chooses a replica, tells it to be a primary and waits until
 * INFO says that it is; then the others are told to follow it, so many at a time, and in the end it is the one that is watched.
 */
export class Failover {
  constructor(private readonly sentinel: Sentinel) {}

  start(primary: Primary): void {
    const { sentinel } = this;
    const { events, now } = sentinel;
    primary.goTo('wait_start', now);
    primary.flags.add('failover_in_progress');
    primary.failoverEpoch = ++sentinel.currentEpoch;
    events.tell('warning', '+new-epoch', String(sentinel.currentEpoch), primary);
    events.about('warning', '+try-failover', primary);
    primary.failoverStartedAt = now + sentinel.desync();
  }

  /** Where the primary is objectively down and no attempt was made lately; true when one was begun. */
  startIfNeeded(primary: Primary): boolean {
    if (!primary.is('o_down') || primary.isInFailover) return false;
    const notBefore = primary.failoverStartedAt + primary.failoverTimeout * 2;
    if (this.sentinel.now >= notBefore) {
      this.start(primary);
      return true;
    }
    if (primary.delayLoggedFor !== primary.failoverStartedAt) {
      primary.delayLoggedFor = primary.failoverStartedAt;
      const { server } = this.sentinel;
      server.log('warning', `Next failover delay: I will not start a failover before ${ctime(notBefore)}`);
    }
    return false;
  }

  step(primary: Primary): void {
    if (!primary.isInFailover) return;
    switch (primary.failoverState) {
      case 'wait_start':
        this.waitStart(primary);
        break;
      case 'select_slave':
        this.select(primary);
        break;
      case 'send_slaveof_noone':
        this.promote(primary);
        break;
      case 'wait_promotion':
        this.abortIfOverdue(primary);
        break;
      case 'reconf_slaves':
        this.reconfigureNext(primary);
        break;
      case 'none':
      case 'update_config':
        break;
    }
  }

  /** The replica that would be promoted now. */
  candidate(primary: Primary): Replica | undefined {
    return selectReplica(primary, this.sentinel.now, this.sentinel.timing);
  }

  /** INFO of the promoted replica says that it is a primary: from now on it is the one that others hear of. */
  promotionSeen(replica: Replica): void {
    const { sentinel } = this;
    const { events, now } = sentinel;
    const { primary } = replica;
    primary.configEpoch = primary.failoverEpoch;
    primary.goTo('reconf_slaves', now);
    sentinel.save();
    events.about('warning', '+promoted-slave', replica);
    if (sentinel.simulated.crashAfterPromotion) {
      sentinel.crash();
      return;
    }
    events.about('warning', '+failover-state-reconf-slaves', primary);
    sentinel.runReconfigurationScript(primary, 'leader', primary.address, replica.address);
    sentinel.watch.announceSoon(primary);
  }

  /** Tells a server whom to follow, to remember it, and to let its clients go, who ask who the primary is as they come back. */
  reconfigure(instance: Replica, address: InstanceAddress | undefined): void {
    const { events } = this.sentinel;
    const { link } = instance;
    const name = (command: string) => commandName(instance, command);
    const target = address === undefined ? ['NO', 'ONE'] : [events.announced(address), String(address.port)];
    link.send([name('MULTI')]);
    link.send([name('SLAVEOF'), ...target]);
    link.send([name('CONFIG'), 'REWRITE']);
    for (const type of ['normal', 'pubsub']) link.send([name('CLIENT'), 'KILL', 'TYPE', type]);
    link.send([name('EXEC')]);
  }

  private waitStart(primary: Primary): void {
    const { sentinel } = this;
    const { events, now, timing } = sentinel;
    const isLeader = sentinel.isMe(sentinel.election.leader(primary, primary.failoverEpoch));
    if (!isLeader && !primary.is('force_failover')) {
      const patience = Math.min(timing.electionTimeout, primary.failoverTimeout);
      if (now - primary.failoverStartedAt > patience) this.abort(primary, '-failover-abort-not-elected');
      return;
    }
    events.about('warning', '+elected-leader', primary);
    if (sentinel.simulated.crashAfterElection) {
      sentinel.crash();
      return;
    }
    primary.goTo('select_slave', now);
    events.about('warning', '+failover-state-select-slave', primary);
  }

  private select(primary: Primary): void {
    const { events, now } = this.sentinel;
    const replica = this.candidate(primary);
    if (replica === undefined) {
      this.abort(primary, '-failover-abort-no-good-slave');
      return;
    }
    events.about('warning', '+selected-slave', replica);
    replica.flags.add('promoted');
    primary.promoted = replica;
    primary.goTo('send_slaveof_noone', now);
    events.about('notice', '+failover-state-send-slaveof-noone', replica);
  }

  private promote(primary: Primary): void {
    const { promoted } = primary;
    if (promoted === undefined || promoted.link.isDisconnected) {
      this.abortIfOverdue(primary);
      return;
    }
    this.reconfigure(promoted, undefined);
    this.sentinel.events.about('notice', '+failover-state-wait-promotion', promoted);
    primary.goTo('wait_promotion', this.sentinel.now);
  }

  private abortIfOverdue(primary: Primary): void {
    const isOverdue = this.sentinel.now - primary.failoverChangedAt > primary.failoverTimeout;
    if (isOverdue) this.abort(primary, '-failover-abort-slave-timeout');
  }

  private abort(primary: Primary, event: string): void {
    this.sentinel.events.about('warning', event, primary);
    primary.flags.delete('failover_in_progress');
    primary.flags.delete('force_failover');
    primary.goTo('none', this.sentinel.now);
    primary.promoted?.flags.delete('promoted');
    primary.promoted = undefined;
  }

  private reconfigureNext(primary: Primary): void {
    const { promoted } = primary;
    if (promoted === undefined) return;
    const replicas = [...primary.replicas.values()];
    let underWay = replicas.filter((one) => one.is('reconf_sent') || one.is('reconf_inprog')).length;
    for (const replica of replicas) {
      if (underWay >= primary.parallelSyncs) break;
      if (replica === promoted || replica.is('reconf_done')) continue;
      this.giveUpIfOverdue(replica);
      const isTold = replica.is('reconf_sent') || replica.is('reconf_inprog') || replica.is('reconf_done');
      if (isTold || replica.link.isDisconnected) continue;
      this.tellToFollow(replica, promoted, '+slave-reconf-sent');
      underWay++;
    }
    this.endIfDone(primary, promoted);
  }

  /** It is put right later, when it is found to follow the wrong one. */
  private giveUpIfOverdue(replica: Replica): void {
    const { events, now, timing } = this.sentinel;
    if (!replica.is('reconf_sent') || now - replica.reconfSentAt <= timing.replicaReconfTimeout) return;
    events.about('notice', '-slave-reconf-sent-timeout', replica);
    replica.flags.delete('reconf_sent');
    replica.flags.add('reconf_done');
  }

  private tellToFollow(replica: Replica, promoted: Replica, event: string): void {
    this.reconfigure(replica, promoted.address);
    replica.flags.add('reconf_sent');
    replica.reconfSentAt = this.sentinel.now;
    this.sentinel.events.about('notice', event, replica);
  }

  private endIfDone(primary: Primary, promoted: Replica): void {
    if (promoted.is('s_down')) return;
    const { events, now } = this.sentinel;
    const others = [...primary.replicas.values()].filter((one) => one !== promoted && !one.is('reconf_done'));
    const isOverdue = now - primary.failoverChangedAt > primary.failoverTimeout;
    if (isOverdue) events.about('warning', '+failover-end-for-timeout', primary);
    else if (others.some((one) => !one.is('s_down'))) return;
    events.about('warning', '+failover-end', primary);
    primary.goTo('update_config', now);
    if (!isOverdue) return;
    const untold = others.filter((one) => !one.is('reconf_sent') && !one.link.isDisconnected);
    for (const replica of untold) this.tellToFollow(replica, promoted, '+slave-reconf-sent-be');
  }
}

/** "Sat Nov 21 20:10:00 2026", as the log of Redis has it. */
function ctime(time: number): string {
  const [weekday, month, day, year, clock] = String(new Date(time)).split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}
