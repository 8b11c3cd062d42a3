import type { Random } from '../../../src/core/random.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { RawClient } from '../raw-client.js';
import type { RedisServer } from '../redis.js';
import { pick } from './kit-troubles.js';
import type { ChaosContext, ChaosTopology, StoreSettings, Trouble } from './topology.js';

export const PASSWORD = 'first';
const OTHER_PASSWORD = 'second';
/** What every real server can be made to do. */
export abstract class RealTopology implements ChaosTopology {
  store: StoreSettings = {};
  promotions = 0;

  abstract readonly nodes: readonly RedisServer[];
  abstract readonly troubles: readonly Trouble[];
  abstract open(password?: string): Promise<LookupStore>;
  abstract connections(): number;
  abstract settle(): Promise<void>;
  abstract stop(): Promise<void>;

  protected get commonTroubles(): Trouble[] {
    return [
      { kind: 'node stopped', run: (chaos) => this.stopNode(chaos) },
      { kind: 'primary killed and started again', run: (chaos) => this.restartNode(chaos) },
      { kind: 'memory full', run: (chaos) => this.fillMemory(chaos) },
      { kind: 'scripts flushed', run: (chaos) => this.flushScripts(chaos) },
      { kind: 'password rotated', run: (chaos) => this.rotatePassword(chaos) },
      { kind: 'commands held (CLIENT PAUSE)', run: (chaos) => this.holdCommands(chaos) },
      { kind: 'connections cut', run: (chaos) => this.cutConnections(chaos) },
    ];
  }

  protected abstract choosePrimary(random: Random): Promise<RedisServer>;

  private async stopNode({ random, load }: ChaosContext): Promise<void> {
    const node = pick(this.nodes, random);
    this.promotions++;
    node.pause();
    await load.ended(100);
    node.resume();
    await this.settle();
    this.promotions++;
  }

  private async restartNode({ random, load }: ChaosContext): Promise<void> {
    const node = await this.choosePrimary(random);
    this.promotions++;
    await node.kill();
    await load.ended(10);
    await node.restart();
    await this.settle();
    this.promotions++;
  }

  private async fillMemory({ load }: ChaosContext): Promise<void> {
    await this.all('CONFIG', 'SET', 'maxmemory', '1');
    await load.ended(200);
    await this.all('CONFIG', 'SET', 'maxmemory', '0');
  }

  private async flushScripts({ load }: ChaosContext): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await this.all('SCRIPT', 'FLUSH');
      await load.ended(100);
    }
  }

  private async holdCommands({ random, load }: ChaosContext): Promise<void> {
    await pick(this.nodes, random).command('CLIENT', 'PAUSE', '300', 'ALL');
    await load.ended(100);
  }

  private async cutConnections({ load }: ChaosContext): Promise<void> {
    for (let i = 0; i < 5; i++) {
      await this.all('CLIENT', 'KILL', 'TYPE', 'normal');
      await load.ended(100);
    }
  }

  /** To another and back; both are right until everybody has the new one. */
  private async rotatePassword({ load }: ChaosContext): Promise<void> {
    await this.replacePassword(PASSWORD, OTHER_PASSWORD, load);
    await this.replacePassword(OTHER_PASSWORD, PASSWORD, load);
  }

  private async replacePassword(old: string, next: string, load: ChaosContext['load']): Promise<void> {
    await this.allAs(old, ['ACL', 'SETUSER', 'default', `>${next}`], ['CONFIG', 'SET', 'masterauth', next]);
    await this.passwordChanged(next);
    await load.changeTo(await this.open(next));
    await this.allAs(next, ['ACL', 'SETUSER', 'default', `<${old}`], ['CLIENT', 'KILL', 'TYPE', 'normal']);
    await load.ended(100);
  }

  /** Who else logs in at the servers has to know. */
  protected passwordChanged(_next: string): Promise<void> {
    return Promise.resolve();
  }

  protected async all(...words: readonly string[]): Promise<void> {
    for (const node of this.nodes) await node.command(...words);
  }

  private async allAs(password: string, ...commands: readonly (readonly string[])[]): Promise<void> {
    for (const { port } of this.nodes) {
      const client = await RawClient.connect(port);
      await client.ask(['AUTH', password]);
      for (const words of commands) await client.ask(words);
      client.close();
    }
  }
}
