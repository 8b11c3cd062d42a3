import type { Configuration } from '../configuration/configuration.js';

/** The directives of redis.conf that a node goes by, as they are now: most can be changed while it runs. */
export class ClusterSettings {
  constructor(private readonly configuration: Configuration) {}

  /** Milliseconds without an answer until a node counts as gone. */
  get nodeTimeout(): number {
    return this.number('cluster-node-timeout');
  }

  get fileName(): string {
    return this.text('cluster-config-file');
  }

  /** 0: ten thousand above the port. */
  get busPort(): number {
    return this.number('cluster-port');
  }

  /** How this node tells others to reach it, and them to tell clients; empty and 0: as it is. */
  get announced(): { readonly ip: string; readonly port: number; readonly busPort: number; readonly hostname: string } {
    return {
      ip: this.text('cluster-announce-ip'),
      port: this.number('cluster-announce-port'),
      busPort: this.number('cluster-announce-bus-port'),
      hostname: this.text('cluster-announce-hostname'),
    };
  }

  get endpointType(): 'ip' | 'hostname' | 'unknown-endpoint' {
    return this.text('cluster-preferred-endpoint-type') as 'ip' | 'hostname' | 'unknown-endpoint';
  }

  /** Bytes that may wait on a link of the bus; 0: any. */
  get linkLimit(): number {
    return this.number('cluster-link-sendbuf-limit');
  }

  get migrationBarrier(): number {
    return this.number('cluster-migration-barrier');
  }

  get validityFactor(): number {
    return this.number('cluster-replica-validity-factor');
  }

  get noFailover(): boolean {
    return this.isOn('cluster-replica-no-failover');
  }

  get allowsReplicaMigration(): boolean {
    return this.isOn('cluster-allow-replica-migration');
  }

  get allowsReadsWhenDown(): boolean {
    return this.isOn('cluster-allow-reads-when-down');
  }

  get allowsShardChannelsWhenDown(): boolean {
    return this.isOn('cluster-allow-pubsubshard-when-down');
  }

  get requiresAllSlots(): boolean {
    return this.isOn('cluster-require-full-coverage');
  }

  private text(name: string): string {
    return this.configuration.get(name) ?? '';
  }

  private number(name: string): number {
    return Number(this.text(name));
  }

  private isOn(name: string): boolean {
    return this.text(name) === 'yes';
  }
}
