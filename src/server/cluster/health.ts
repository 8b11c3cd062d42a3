import type { Cluster } from './cluster.js';

/**
 * Whether the cluster works, as this node sees it: all slots have an owner that has not failed (unless that is not
 * required), and a majority of the primaries answers. A primary waits a while before it says so again, so that it hears
 * first of those who may have taken its slots.
 */
export class Health {
  isOk = false;
  /** Primaries that have slots. */
  size = 1;
  private firstCheckedAt: number | undefined;
  private inMinorityAt = 0;

  constructor(private readonly cluster: Cluster) {}

  get quorum(): number {
    return Math.floor(this.size / 2) + 1;
  }

  update(): void {
    const { table, now } = this.cluster;
    this.firstCheckedAt ??= now;
    if (table.myself.isPrimary && !this.isOk && now - this.firstCheckedAt < WRITABLE_DELAY) return;
    const { voters } = table;
    this.size = voters.length;
    const reachable = voters.filter((node) => !node.hasFailed && !node.isSuspect).length;
    const isInMinority = reachable < this.quorum;
    if (isInMinority) this.inMinorityAt = now;
    const isOk = !isInMinority && (!this.cluster.settings.requiresAllSlots || this.coversAll());
    if (isOk === this.isOk) return;
    if (isOk && table.myself.isPrimary && now - this.inMinorityAt < this.rejoinDelay) return;
    this.cluster.server.log('warning', `Cluster state changed: ${isOk ? 'ok' : 'fail'}`);
    this.isOk = isOk;
  }

  /** Everything that is needed is known to be there: no wait. */
  begin(): void {
    this.firstCheckedAt = this.cluster.now - WRITABLE_DELAY;
    this.update();
  }

  private coversAll(): boolean {
    return this.cluster.table.owners.every((owner) => owner !== undefined && !owner.hasFailed);
  }

  private get rejoinDelay(): number {
    return Math.min(Math.max(this.cluster.settings.nodeTimeout, LEAST_REJOIN_DELAY), MOST_REJOIN_DELAY);
  }
}

/** Milliseconds. */
const WRITABLE_DELAY = 2000;
const LEAST_REJOIN_DELAY = 500;
const MOST_REJOIN_DELAY = 5000;
