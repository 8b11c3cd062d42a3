import type { Server } from '../server.js';
import type { Replica } from './replica.js';

/**
 * FAILOVER: writes wait until a replica has everything; then this server follows it and tells it, as it asks for the stream,
 * to take over (PSYNC … FAILOVER). If that is refused it is the primary again.
 */
export class Failover {
  state: 'no-failover' | 'waiting-for-sync' | 'failover-in-progress' = 'no-failover';
  private target: Address | undefined;
  private isForced = false;
  private cancelTimeout = () => {};

  constructor(private readonly server: Server) {}

  /** Milliseconds; 0: as long as it takes. With `force` the target takes over then, whatever it has. */
  begin(target: Address | undefined, timeout: number, force: boolean): void {
    const { clock, log, pause } = this.server;
    this.target = target;
    this.isForced = force;
    log('notice', `FAILOVER requested to ${target === undefined ? 'any replica' : shown(target)}.`);
    this.state = 'waiting-for-sync';
    pause.holdWrites('failover');
    if (timeout > 0) this.cancelTimeout = clock.schedule(timeout, () => this.timeOut());
    this.check();
    // The question itself makes the stream longer.
    if (this.state === 'waiting-for-sync') this.server.replication.askForAcks();
  }

  /** Whether a replica has everything now: asked when one acknowledges, and once a second. */
  check(): void {
    if (this.state !== 'waiting-for-sync') return;
    const target = this.target ?? addressOf(this.findSynced());
    if (target === undefined || !this.isSynced(this.find(target))) return;
    this.server.log('notice', `Failover target ${shown(target)} is synced, failing over.`);
    this.proceed(target);
  }

  abort(reason: string): void {
    const { server, target } = this;
    server.log('notice', `FAILOVER to ${target === undefined ? 'any replica' : shown(target)} aborted: ${reason}`);
    if (this.state === 'failover-in-progress') {
      server.settings.primary = '';
      server.replication.following.promote();
    }
    this.end();
  }

  /** The target takes over. */
  succeed(): void {
    if (this.target !== undefined) {
      this.server.log('notice', `${shown(this.target)} has taken over: this server follows it.`);
    }
    this.end();
  }

  find(target: Address): Replica | undefined {
    for (const replica of this.server.replication.replicas) {
      if (replica.address.toLowerCase() === target.host.toLowerCase() && replica.listeningPort === target.port) {
        return replica;
      }
    }
    return undefined;
  }

  close(): void {
    this.cancelTimeout();
  }

  private findSynced(): Replica | undefined {
    return [...this.server.replication.replicas].find((replica) => this.isSynced(replica));
  }

  private isSynced(replica: Replica | undefined): boolean {
    return replica?.state === 'online' && replica.acknowledged === this.server.replication.offset;
  }

  private timeOut(): void {
    const { target } = this;
    if (this.state !== 'waiting-for-sync') return;
    if (!this.isForced || target === undefined) {
      this.abort('Replica never caught up before timeout');
      return;
    }
    this.server.log('notice', `FAILOVER to ${shown(target)} time out exceeded, failing over.`);
    this.proceed(target);
  }

  private proceed(target: Address): void {
    const { server } = this;
    this.cancelTimeout();
    this.state = 'failover-in-progress';
    this.target = target;
    server.settings.primary = `${target.host} ${target.port}`;
    server.replication.following.follow();
  }

  private end(): void {
    this.cancelTimeout();
    this.target = undefined;
    this.state = 'no-failover';
    this.server.pause.releaseWrites('failover');
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

function addressOf(replica: Replica | undefined): Address | undefined {
  return replica && { host: replica.address, port: replica.listeningPort };
}

function shown({ host, port }: Address): string {
  return `${host}:${port}`;
}
