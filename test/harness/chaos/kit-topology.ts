import type { openStore } from '../../../src/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { connectionTroubles, pick } from './kit-troubles.js';
import { COUNTERS, counterName } from './load.js';
import type { ChaosContext, ChaosTopology, StoreSettings, Trouble } from './topology.js';

/** What every server of the kit can be made to do. */
export abstract class KitTopology implements ChaosTopology {
  store: StoreSettings = {};
  protected promoted = 0;
  protected readonly lost = new Map<string, number>();
  /** Read whenever a node is started. */
  protected readonly directives: Record<string, string>;

  constructor(directives: Record<string, string>) {
    this.directives = directives;
  }

  abstract readonly nodes: readonly TestServer[];
  abstract readonly troubles: readonly Trouble[];
  abstract open(): ReturnType<typeof openStore>;
  abstract stop(): Promise<void>;

  get promotions(): number {
    return this.promoted;
  }

  get password(): string {
    return this.directives['requirepass']!;
  }

  /** Without those of replicas and sentinels. */
  connections(): number {
    const sessions = this.nodes.flatMap(({ server }) =>
      [...server.listeners.connections].map(({ session }) => session),
    );
    return sessions.filter(({ replica, name }) => replica === undefined && !name.startsWith('sentinel-')).length;
  }

  lostOf(counter: string): number {
    return this.lost.get(counter) ?? 0;
  }

  async settle(): Promise<void> {
    for (const node of this.nodes) node.commands.clear();
    await Promise.resolve();
  }

  protected get commonTroubles(): Trouble[] {
    return [
      ...connectionTroubles((random) => pick(this.nodes, random)),
      { kind: 'node stopped', run: (chaos) => this.stopNode(chaos) },
      { kind: 'primary killed and started again', run: (chaos) => this.restartPrimary(chaos) },
      { kind: 'memory full', run: (chaos) => this.fillMemory(chaos) },
      { kind: 'scripts flushed', run: (chaos) => this.flushScripts(chaos) },
      { kind: 'password rotated', run: (chaos) => this.rotatePassword(chaos) },
    ];
  }

  protected get primaries(): readonly TestServer[] {
    return this.nodes;
  }

  private async stopNode({ random, load }: ChaosContext): Promise<void> {
    const node = pick(this.nodes, random);
    node.pause();
    await load.ended(100);
    node.resume();
  }

  private async restartPrimary({ random, load }: ChaosContext): Promise<void> {
    const node = pick(this.primaries, random);
    await node.kill();
    await load.ended(30);
    await node.restart();
  }

  private async fillMemory({ load }: ChaosContext): Promise<void> {
    this.all('CONFIG', 'SET', 'maxmemory', '1');
    await load.ended(200);
    this.all('CONFIG', 'SET', 'maxmemory', '0');
  }

  private async flushScripts({ load }: ChaosContext): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.all('SCRIPT', 'FLUSH');
      await load.ended(50);
    }
  }

  /** Both are right until everybody has the new one. */
  private async rotatePassword({ random, load }: ChaosContext): Promise<void> {
    const next = random.bytes(8).toString('hex');
    this.all('ACL', 'SETUSER', 'default', `>${next}`);
    this.all('CONFIG', 'SET', 'masterauth', next);
    this.directives['requirepass'] = next;
    this.directives['masterauth'] = next;
    this.passwordChanged(next);
    await load.changeTo(await this.open());
    this.all('CONFIG', 'SET', 'requirepass', next);
    for (const node of this.nodes) node.disconnect();
  }

  /** Who else logs in at the servers has to know. */
  protected passwordChanged(_next: string): void {}

  protected all(...words: readonly string[]): void {
    for (const { session } of this.nodes) session.run(...words);
  }

  /** What the primary has acknowledged and its successor, whichever it will be, has not got. */
  protected noteLost(primary: TestServer, ...successors: readonly TestServer[]): void {
    for (let n = 0; n < COUNTERS; n++) {
      const name = counterName(n);
      const more = valueAt(primary, name) - Math.min(...successors.map((successor) => valueAt(successor, name)));
      if (more > 0) this.lost.set(name, this.lostOf(name) + more);
    }
  }
}

/** Also of one that was killed: what it had. */
function valueAt({ session }: TestServer, counter: string): number {
  session.run('READONLY');
  const value = session.run('GET', counter);
  return Buffer.isBuffer(value) ? Number(String(value)) : 0;
}
