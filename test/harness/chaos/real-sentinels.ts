import { openStore } from '../../../src/index.js';
import type { RedisServer } from '../redis.js';
import { until } from '../until.js';
import { PRIMARY_NAME, type WatchedServers } from '../watched.js';
import { pick } from './kit-troubles.js';
import { PASSWORD, RealTopology } from './real-topology.js';
import { type ChaosContext, STORE_OPTIONS, type Trouble } from './topology.js';

/** Servers without files, of which Sentinels replace a primary that is gone: for longer than any is stopped here. */
export class RealSentinels extends RealTopology {
  readonly troubles: readonly Trouble[] = [
    // A primary that comes back at once would have lost its data, and be followed all the same.
    ...this.commonTroubles.filter(({ kind }) => kind !== 'primary killed and started again'),
    { kind: 'primary killed and replaced', run: (chaos) => this.replacePrimary(chaos) },
    { kind: 'sentinel killed and started again', run: (chaos) => this.restartSentinel(chaos) },
  ];

  constructor(private readonly watched: WatchedServers) {
    super();
  }

  get nodes(): readonly RedisServer[] {
    return this.watched.servers;
  }

  open(password = PASSWORD) {
    const urls = this.watched.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`);
    const sentinel = { name: PRIMARY_NAME };
    return openStore({
      ...STORE_OPTIONS,
      ...this.store,
      type: 'redis',
      redisType: 'sentinel',
      urls,
      sentinel,
      password,
    });
  }

  /** Of this process; the servers are others. */
  connections(): number {
    return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  }

  async settle(): Promise<void> {
    await until(() => this.isWhole().catch(() => false), 'the replicas follow the primary', 90_000);
  }

  stop(): Promise<void> {
    return this.watched.stop();
  }

  protected choosePrimary(): Promise<RedisServer> {
    return this.watched.primary();
  }

  protected override async passwordChanged(next: string): Promise<void> {
    for (const sentinel of this.watched.sentinels) {
      await sentinel.command('SENTINEL', 'SET', PRIMARY_NAME, 'auth-pass', next);
    }
  }

  private async isWhole(): Promise<boolean> {
    const primary = await this.watched.primary();
    for (const sentinel of this.watched.sentinels) {
      const fields = ((await sentinel.command('SENTINEL', 'MASTER', PRIMARY_NAME)) as Buffer[]).map(String);
      if (fields[fields.indexOf('flags') + 1] !== 'master') return false;
    }
    const infos = await Promise.all(this.nodes.map((node) => node.command('INFO', 'replication')));
    return this.nodes.every((node, i) => {
      const info = String(infos[i]);
      if (node === primary) return /role:master/.test(info) && info.match(/state=online/g)?.length === 2;
      return info.includes(`master_port:${primary.port}`) && /master_link_status:up/.test(info);
    });
  }

  private async replacePrimary({ load }: ChaosContext): Promise<void> {
    const primary = await this.watched.primary();
    this.promotions++;
    await primary.kill();
    // While the Sentinels do not agree, none has.
    const named = () => this.watched.primary().catch(() => primary);
    await until(async () => (await named()) !== primary, 'a replica has taken over', 90_000);
    await load.ended(100);
    await primary.restart();
    await this.settle();
    this.promotions++;
  }

  private async restartSentinel({ random, load }: ChaosContext): Promise<void> {
    const sentinel = pick(this.watched.sentinels, random);
    await sentinel.kill();
    await load.ended(100);
    await sentinel.start();
  }
}
