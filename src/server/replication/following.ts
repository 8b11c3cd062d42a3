import { join } from 'node:path';
import type { Server } from '../server.js';
import { lagOf } from './lag.js';
import { LinkError, PrimaryLink, type SyncAnswer } from './primary-link.js';
import { PrimaryStream } from './primary-stream.js';
import { FileStore, MemoryStore, type SnapshotStore } from './snapshot-receiver.js';

/** As ROLE names it; `none`: this server follows nobody. */
export type LinkState = 'none' | 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';

/**
 * The replica's side of replication: the link to the primary, kept up for as long as this server is a replica. What
 * was streamed counts on in `replication`, so that a link that comes back, and this server's own replicas, go on
 * where they were.
 */
export class Following {
  state: LinkState = 'none';
  stream: PrimaryStream | undefined;
  link: PrimaryLink | undefined;
  /** Since when the link is down, in milliseconds; 0: since ever. */
  private downSince = 0;
  /** The database in which the history that can be continued goes on; undefined: there is none. */
  private resumeIn: number | undefined;

  constructor(private readonly server: Server) {}

  /** Starts to follow the primary that the settings name, in place of another or of none. */
  follow(): void {
    const { server } = this;
    const wasPrimary = this.state === 'none';
    this.state = 'connect';
    this.leave();
    this.disconnectBlocked();
    if (wasPrimary) {
      server.log(
        'notice',
        'Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to synchronize with the new master with just a partial transfer.',
      );
      server.replication.stopBeingPrimary();
      this.resumeIn = 0;
    }
    server.log('notice', `Connecting to MASTER ${server.settings.primary.replace(' ', ':')}`);
    this.connect();
  }

  /** REPLICAOF NO ONE. */
  promote(): void {
    this.state = 'none';
    this.leave();
    this.resumeIn = undefined;
    this.downSince = 0;
    this.server.replication.bePrimary();
    if (this.server.configuration.get('appendonly') === 'yes') this.server.appendOnlyFile.switch();
  }

  /** Once a second. */
  cycle(): void {
    const { server, link } = this;
    if (this.state === 'none') {
      if (server.settings.primary === '') return;
      server.replication.stopBeingPrimary();
      this.state = 'connect';
    }
    if (link !== undefined && lagOf(server.clock.now(), link.heardAt) > server.settings.replicationTimeout) {
      server.log('warning', SILENT[this.state] ?? SILENT.connecting);
      link.close();
    }
    if (this.state === 'connect' && this.link === undefined) {
      server.log('notice', `Connecting to MASTER ${server.settings.primary.replace(' ', ':')}`);
      this.connect();
    }
    this.stream?.acknowledge();
  }

  close(): void {
    this.leave();
  }

  /** Seconds since the link went down; -1: it never was up. */
  get secondsDown(): number {
    return this.downSince === 0 ? -1 : lagOf(this.server.clock.now(), this.downSince);
  }

  private connect(): void {
    const { server } = this;
    const [host = '', port = ''] = server.settings.primary.split(' ');
    const link = new PrimaryLink(server, { host, port: Number(port) });
    this.link = link;
    this.state = 'connecting';
    server.log('notice', 'MASTER <-> REPLICA sync started');
    this.synchronise(link).catch((error: unknown) => this.failed(link, error));
  }

  private async synchronise(link: PrimaryLink): Promise<void> {
    await link.opened();
    this.state = 'handshake';
    await link.greet();
    const { id, offset } = this.server.replication;
    const answer = await link.askForSync(this.resumeIn === undefined ? undefined : id, offset);
    if (answer.kind === 'continue') this.goOn(link, answer.id);
    else await this.startAnew(link, answer);
  }

  private failed(link: PrimaryLink, error: unknown): void {
    if (!(error instanceof LinkError)) {
      this.server.log('warning', `MASTER <-> REPLICA sync failed: ${(error as Error).message}`);
    } else if (!link.isClosed || this.state === 'connecting') {
      this.server.log('warning', `Error condition on socket for SYNC: ${error.message}`);
    }
    if (this.link === link) {
      this.link = undefined;
      this.state = 'connect';
    }
    link.close();
  }

  private goOn(link: PrimaryLink, id: string | undefined): void {
    const { replication, log } = this.server;
    log('notice', 'Successful partial resynchronization with master.');
    replication.continueAs(id ?? replication.id);
    this.startStream(link, this.resumeIn ?? 0);
    log('notice', 'MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.');
  }

  private async startAnew(link: PrimaryLink, { id, offset }: SyncAnswer & { kind: 'full' }): Promise<void> {
    const { server } = this;
    server.log('notice', `Full resync from master: ${id}:${offset}`);
    this.state = 'sync';
    if (this.resumeIn !== undefined) server.log('notice', 'Discarding previously cached master state.');
    this.resumeIn = undefined;
    const receiver = await link.receiveSnapshot(this.store());
    const keepsOld = server.configuration.get('repl-diskless-load') === 'swapdb';
    if (!keepsOld) server.replication.adopt(id, offset);
    server.log('notice', 'MASTER <-> REPLICA sync: Loading DB in memory');
    const wasOn = server.appendOnlyFile.isOn;
    if (wasOn) server.appendOnlyFile.stop();
    const loaded = await server.persistence.replace(receiver.open(), { keepsOld, meanwhile: () => link.write('\n') });
    if (link.isClosed || this.link !== link) throw new LinkError('the link was lost while its data was loaded');
    if (keepsOld) server.replication.adopt(id, offset);
    this.startStream(link, Number(loaded.aux.get('repl-stream-db') ?? 0));
    server.log('notice', 'MASTER <-> REPLICA sync: Finished with success');
    server.appendOnlyFile.switch();
    this.stream?.acknowledge();
  }

  private startStream(link: PrimaryLink, database: number): void {
    const stream = new PrimaryStream(this.server, link, this.server.replication.offset, Math.max(0, database));
    this.stream = stream;
    this.state = 'connected';
    this.downSince = 0;
    link.onClose(() => this.lost(link));
    link.passTo((bytes) => stream.receive(bytes));
  }

  /** The link broke: its history is known, and soon continued. */
  private lost(link: PrimaryLink): void {
    if (this.link !== link) return;
    const { server } = this;
    server.log('warning', 'Connection with master lost.');
    server.log('notice', 'Caching the disconnected master state.');
    this.leave();
    this.state = 'connect';
    this.downSince = server.clock.now();
    server.log('notice', `Reconnecting to MASTER ${server.settings.primary.replace(' ', ':')}`);
    this.connect();
  }

  private leave(): void {
    const { link, stream } = this;
    this.link = undefined;
    this.stream = undefined;
    if (stream !== undefined) {
      this.resumeIn = stream.database;
      stream.end();
    }
    link?.close();
  }

  private store(): SnapshotStore {
    const { persistence, configuration, clock } = this.server;
    if (!persistence.keepsFiles) return new MemoryStore();
    const name = `temp-${Math.floor(clock.now() / 1000)}.${process.pid}.rdb`;
    return new FileStore(join(configuration.get('dir') ?? '.', name), persistence.path);
  }

  /** What they wait for is the primary's business now. */
  private disconnectBlocked(): void {
    for (const session of [...this.server.sessions]) {
      if (session.blocked === undefined || session.peer.socket === undefined) continue;
      session.closing = true;
      this.server.blocking.unblock(session, () => session.reply.error(UNBLOCKED));
    }
  }
}

const UNBLOCKED = 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)';

const SILENT: Partial<Readonly<Record<LinkState, string>>> & { readonly connecting: string } = {
  connecting: 'Timeout connecting to the MASTER...',
  sync: "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.",
  connected: 'MASTER timeout: no data nor PING received...',
};
