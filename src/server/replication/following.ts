import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RdbError } from '../persistence/rdb/types.js';
import type { OpenRdb } from '../persistence/rdb-file.js';
import type { Server } from '../server.js';
import { TlsError } from '../tls-options.js';
import { lagOf } from './lag.js';
import { LinkError, PrimaryLink, type SyncAnswer } from './primary-link.js';
import { PrimaryStream } from './primary-stream.js';
import { FileStore, MemoryStore, type SnapshotStore } from './snapshot-receiver.js';

/** A snapshot that is there, or comes as it is read. */
interface Incoming {
  readonly file: OpenRdb;
  /** Resolves when all of it has come; rejects when it will not. */
  readonly whole: Promise<void>;
  /** Whether the old data has to go before this is loaded, or stays until it is. */
  readonly oldGoes: 'first' | 'after';
}

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
    if (
      link !== undefined &&
      !link.isHeld &&
      lagOf(server.clock.now(), link.heardAt) > server.settings.replicationTimeout
    ) {
      server.log('warning', SILENT[this.state] ?? SILENT.connecting);
      link.close();
    }
    if (this.state === 'connect' && this.link === undefined) {
      server.log('notice', `Connecting to MASTER ${server.settings.primary.replace(' ', ':')}`);
      this.connect();
    }
    this.stream?.acknowledge();
  }

  /** The data was loaded from a file that says where it is in its history: the link may go on there. */
  resumeAt(database: number): void {
    this.resumeIn = database;
  }

  /** The one that the primary's stream is in, or would go on in; undefined: nobody knows. */
  get database(): number | undefined {
    return this.stream?.database ?? this.resumeIn;
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
    let link: PrimaryLink;
    try {
      link = new PrimaryLink(server, { host, port: Number(port) });
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      server.log('warning', `Unable to connect to MASTER: ${error.message}`);
      return;
    }
    this.link = link;
    this.state = 'connecting';
    server.log('notice', 'MASTER <-> REPLICA sync started');
    this.synchronise(link).catch((error: unknown) => this.failed(link, error));
  }

  private async synchronise(link: PrimaryLink): Promise<void> {
    await link.opened();
    this.state = 'handshake';
    await link.greet();
    const answer = await this.askForSync(link);
    if (answer.kind === 'continue') this.goOn(link, answer.id);
    else await this.startAnew(link, answer);
  }

  private async askForSync(link: PrimaryLink): Promise<SyncAnswer> {
    const { id, offset, failover } = this.server.replication;
    const takesOver = failover.state === 'failover-in-progress';
    try {
      const answer = await link.askForSync(this.resumeIn === undefined ? undefined : id, offset, takesOver);
      if (takesOver) failover.succeed();
      return answer;
    } catch (error) {
      if (takesOver && this.link === link) failover.abort('Failover target rejected psync request');
      throw error;
    }
  }

  private failed(link: PrimaryLink, error: unknown): void {
    if (error instanceof RdbError) {
      this.server.log('warning', `Internal error in RDB: ${error.message}`);
      this.server.log('warning', 'Failed trying to load the MASTER synchronization DB');
    } else if (!(error instanceof LinkError)) {
      this.server.log('warning', `MASTER <-> REPLICA sync failed: ${(error as Error).message}`);
    } else if (!link.isClosed || this.state === 'connecting') {
      this.server.log('warning', `Error condition on socket for SYNC: ${error.message}`);
    }
    // A snapshot that broke off is asked for again at once; whatever else is wrong has a second to change.
    const brokeOff = this.state === 'sync' && link.isClosed;
    if (this.link === link) {
      this.link = undefined;
      this.state = 'connect';
    }
    link.close();
    if (!brokeOff || this.state !== 'connect' || this.link !== undefined) return;
    this.server.log('notice', `Reconnecting to MASTER ${link.address} after failure`);
    this.connect();
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
    const snapshot = await this.receive(link);
    if (server.appendOnlyFile.isOn) server.appendOnlyFile.stop();
    const { oldGoes } = snapshot;
    const isSameHistory = oldGoes === 'after' && server.replication.id === id;
    if (oldGoes === 'first') this.adopt(id, offset);
    const loaded = await server.persistence.replace(snapshot.file, {
      oldGoes: isSameHistory ? 'after-reads' : oldGoes,
      meanwhile: () => link.write('\n'),
      loaded: async () => {
        await snapshot.whole;
        if (oldGoes === 'after') this.adopt(id, offset);
      },
    });
    this.removeUnwantedFile();
    const database = Math.max(0, Number(loaded.aux.get('repl-stream-db') ?? 0));
    if (link.isClosed || this.link !== link) {
      this.resumeIn = database;
      throw new LinkError('the link was lost while its data was loaded');
    }
    this.startStream(link, database);
    server.log('notice', 'MASTER <-> REPLICA sync: Finished with success');
    server.appendOnlyFile.switch();
    this.stream?.acknowledge();
  }

  /** The snapshot, as a file that is whole or, with `repl-diskless-load`, as it comes. */
  private async receive(link: PrimaryLink): Promise<Incoming> {
    const { server } = this;
    const end = await link.snapshotEnd();
    const mode = server.configuration.get('repl-diskless-load');
    const isEmpty = server.keyspace.databases.every(({ size }) => size === 0);
    if (mode !== 'swapdb' && !(mode === 'on-empty-db' && isEmpty)) {
      const receiver = await link.receiveSnapshot(end, this.store());
      return { file: await receiver.open(), whole: Promise.resolve(), oldGoes: 'first' };
    }
    const pipe = link.pipe(end);
    const whole = link.receiveSnapshot(end, pipe).then(
      () => pipe.end(),
      (error: unknown) => {
        pipe.discard();
        throw error;
      },
    );
    // Whoever reads the pipe hears of it; and then nobody asks any more.
    whole.catch(() => undefined);
    return { file: await pipe.open(), whole, oldGoes: mode === 'swapdb' ? 'after' : 'first' };
  }

  /** From now on the data is of this history. Until then the one that was followed so far could be continued. */
  private adopt(id: string, offset: number): void {
    if (this.resumeIn !== undefined) this.server.log('notice', 'Discarding previously cached master state.');
    this.resumeIn = undefined;
    this.server.replication.adopt(id, offset);
  }

  /** `rdb-del-sync-files`: without persistence the file was for the synchronisation alone. */
  private removeUnwantedFile(): void {
    const { persistence, configuration, log } = this.server;
    if (!persistence.keepsFiles || configuration.get('rdb-del-sync-files') !== 'yes') return;
    if (persistence.savePoints.length > 0 || configuration.get('appendonly') === 'yes') return;
    log('notice', 'Removing the RDB file obtained from the master. This replica has persistence disabled');
    rmSync(persistence.path, { force: true });
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
