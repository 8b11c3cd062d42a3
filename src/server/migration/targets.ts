import type { Cancel, Clock } from '../../core/clock.js';
import { type TargetAddress, TargetConnection } from './target-connection.js';

/**
 * The connections that MIGRATE keeps: one per target, used by one transfer after the other, closed when nobody has
 * used it for a while. Ten seconds and 64 targets are Redis's numbers.
 */
export class Targets {
  private readonly targets = new Map<string, Target>();
  private isClosed = false;

  constructor(private readonly clock: Clock) {}

  /** How many connections are kept. */
  get size(): number {
    let open = 0;
    for (const target of this.targets.values()) if (target.connection !== undefined) open++;
    return open;
  }

  /** Runs the transfers to one target one at a time. */
  async use<T>(address: TargetAddress, transfer: (target: TargetUse) => Promise<T>): Promise<T> {
    const name = `${address.host}:${address.port}`;
    const target = this.targets.get(name) ?? this.add(name);
    target.users++;
    target.cancelClose();
    const turn = target.last.then(() => transfer(this.useOf(target, address)));
    target.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      target.users--;
      if (target.users === 0) this.rest(name, target);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const [name, target] of this.targets) this.drop(name, target);
  }

  private useOf(target: Target, address: TargetAddress): TargetUse {
    return {
      connect: async (timeout) => (target.connection ??= await this.open(target, address, timeout)),
      drop: () => {
        target.connection?.close();
        target.connection = undefined;
      },
    };
  }

  private async open(target: Target, address: TargetAddress, timeout: number): Promise<TargetConnection> {
    const connection = await TargetConnection.open(address, timeout, this.clock, () => {
      if (target.connection === connection) target.connection = undefined;
    });
    if (this.isClosed) connection.close();
    return connection;
  }

  private add(name: string): Target {
    if (this.targets.size >= MOST_TARGETS) {
      for (const [other, target] of this.targets) {
        if (target.users > 0) continue;
        this.drop(other, target);
        break;
      }
    }
    const target: Target = { connection: undefined, last: Promise.resolve(), users: 0, cancelClose: () => undefined };
    this.targets.set(name, target);
    return target;
  }

  private rest(name: string, target: Target): void {
    if (this.isClosed || target.connection === undefined) this.drop(name, target);
    else target.cancelClose = this.clock.schedule(KEPT_FOR, () => this.drop(name, target));
  }

  private drop(name: string, target: Target): void {
    target.cancelClose();
    target.connection?.close();
    this.targets.delete(name);
  }
}

/** What a transfer may do with its target. */
export interface TargetUse {
  /** The connection that is kept, or a new one. Rejects with TargetError. */
  connect(timeout: number): Promise<TargetConnection>;
  /** It is of no more use. */
  drop(): void;
}

interface Target {
  connection: TargetConnection | undefined;
  /** Settled when the last transfer that has asked for the target has ended. */
  last: Promise<unknown>;
  users: number;
  cancelClose: Cancel;
}

const MOST_TARGETS = 64;
const KEPT_FOR = 10_000;
