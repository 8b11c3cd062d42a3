import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { encodeWords } from '../../resp/request-encoder.js';
import { connectToPeer } from '../peer-connections.js';
import type { Server } from '../server.js';
import { LinkInput } from './link-input.js';
import { SnapshotPipe } from './snapshot-pipe.js';
import { type SnapshotEnd, SnapshotReceiver, type SnapshotStore } from './snapshot-receiver.js';

export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

/** How a primary takes a replica up. */
export type SyncAnswer =
  | { readonly kind: 'continue'; readonly id: string | undefined }
  | { readonly kind: 'full'; readonly id: string; readonly offset: number };

/** The link has ended, or cannot be; the log says why. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/**
 * A connection to a primary, plain or by TLS (the constructor throws TlsError), from connecting to the first byte of its
 * stream. Whoever holds it asks for one step after the other; each rejects with LinkError when the connection ends or
 * the primary refuses.
 */
export class PrimaryLink {
  /** When the primary was heard of last, in milliseconds. */
  heardAt: number;
  /** The snapshot that is coming. */
  receiver: SnapshotReceiver | undefined;
  private readonly input = new LinkInput();
  private readonly socket: Socket;
  private closed = false;
  private whenClosed: (reason: Error) => void = () => undefined;

  constructor(
    private readonly server: Server,
    readonly primary: PrimaryAddress,
  ) {
    this.heardAt = server.clock.now();
    this.socket = connectToPeer(server, primary);
    this.socket.setNoDelay(server.configuration.get('repl-disable-tcp-nodelay') !== 'yes');
    this.socket.on('data', (chunk: Buffer) => {
      this.heardAt = server.clock.now();
      server.stats.bytesIn += chunk.length;
      this.input.push(chunk);
    });
    this.socket.on('error', (error) => this.fail(error.message));
    this.socket.on('close', () => this.fail('Connection closed'));
  }

  get address(): string {
    return `${this.primary.host}:${this.primary.port}`;
  }

  get localAddress(): string {
    return `${this.socket.localAddress ?? ''}:${this.socket.localPort ?? 0}`;
  }

  /** It has ended. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Resolves once the primary has accepted the connection. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.whenClosed = reject;
      this.socket.once(this.usesTls ? 'secureConnect' : 'connect', () => {
        this.whenClosed = () => undefined;
        resolve();
      });
    });
  }

  /** Called once, when the connection has ended. */
  onClose(act: (reason: Error) => void): void {
    this.whenClosed = act;
  }

  write(bytes: Buffer | string): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  close(): void {
    this.fail('closed by this server');
  }

  private get usesTls(): boolean {
    return this.socket instanceof TLSSocket;
  }

  private fail(message: string): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.destroy();
    this.receiver?.discard();
    const reason = new LinkError(message);
    this.input.fail(reason);
    this.whenClosed(reason);
  }

  /** PING, AUTH, and who this server is. */
  async greet(): Promise<void> {
    const { server } = this;
    this.ask('PING');
    const pong = await this.input.line();
    server.log('notice', 'Non blocking connect for SYNC fired the event.');
    if (!pong.startsWith('+') && !MAY_COME_BEFORE_AUTH.test(pong)) {
      throw this.refused(`Error reply to PING from master: '${pong}'`);
    }
    server.log('notice', 'Master replied to PING, replication can continue...');
    await this.introduce();
  }

  private async introduce(): Promise<void> {
    const { configuration } = this.server;
    const value = (name: string) => configuration.get(name) ?? '';
    const password = value('masterauth');
    const user = value('masteruser');
    const address = value('replica-announce-ip');
    if (password !== '') this.ask('AUTH', ...(user === '' ? [] : [user]), password);
    const tlsPort = this.usesTls ? Number(value('tls-port')) : 0;
    const port = Number(value('replica-announce-port')) || tlsPort || this.server.listeners.port;
    this.ask('REPLCONF', 'listening-port', String(port));
    if (address !== '') this.ask('REPLCONF', 'ip-address', address);
    this.ask('REPLCONF', 'capa', 'eof', 'capa', 'psync2');
    if (password !== '') {
      const reply = await this.input.line();
      if (reply.startsWith('-')) throw this.refused(`Unable to AUTH to MASTER: ${reply}`);
    }
    for (let i = address === '' ? 2 : 3; i > 0; i--) {
      const reply = await this.input.line();
      if (!reply.startsWith('-')) continue;
      this.server.log('notice', `(Non critical) Master does not understand REPLCONF: ${reply}`);
    }
  }

  /**
   * PSYNC from the byte after `offset` of the history `id` on; undefined: from the start. With `takesOver` the other side,
   * which is a replica so far, is to become the primary.
   */
  async askForSync(id: string | undefined, offset: number, takesOver: boolean): Promise<SyncAnswer> {
    const { log } = this.server;
    if (id === undefined) log('notice', 'Partial resynchronization not possible (no cached master)');
    else log('notice', `Trying a partial resynchronization (request ${id}:${offset + 1}).`);
    const place = id === undefined ? ['?', '-1'] : [id, String(offset + 1)];
    this.ask('PSYNC', ...place, ...(takesOver ? ['FAILOVER'] : []));
    const [word = '', newId = '', newOffset = ''] = (await this.answer()).split(' ');
    if (word === '+CONTINUE') return { kind: 'continue', id: newId === '' ? undefined : newId };
    if (word === '+FULLRESYNC' && newId.length === 40 && /^\d+$/.test(newOffset)) {
      return { kind: 'full', id: newId, offset: Number(newOffset) };
    }
    const reply = [word, newId, newOffset].join(' ').trim();
    if (word === '-NOMASTERLINK' || word === '-LOADING') {
      throw this.refused(`Master is currently unable to PSYNC but should be in the future: ${reply}`);
    }
    throw this.refused(`Unexpected reply to PSYNC from master: ${reply}`);
  }

  /** Empty lines are signs of life. */
  private async answer(): Promise<string> {
    for (;;) {
      const line = await this.input.line();
      if (line !== '') return line;
    }
  }

  /** How the snapshot that comes now is announced. */
  async snapshotEnd(): Promise<SnapshotEnd> {
    const head = await this.answer();
    const mark = /^\$EOF:(.{40})$/.exec(head)?.[1];
    const length = /^\$(\d+)$/.exec(head)?.[1];
    if (head.startsWith('-')) throw this.refused(`MASTER aborted replication with an error: ${head.slice(1)}`);
    if (mark !== undefined) return { mark: Buffer.from(mark, 'latin1') };
    if (length !== undefined) return { length: Number(length) };
    throw this.refused(
      `Bad protocol from MASTER, the first byte is not '$' (we received '${head}'), are you sure the host and port are right?`,
    );
  }

  /** Resolves when the snapshot is whole in the store; nothing more is read until `passTo`. */
  async receiveSnapshot(end: SnapshotEnd, store: SnapshotStore): Promise<SnapshotReceiver> {
    const what = 'length' in end ? `${end.length} bytes from master` : 'streamed RDB from master with EOF';
    const where = store instanceof SnapshotPipe ? 'parser' : 'disk';
    this.server.log('notice', `MASTER <-> REPLICA sync: receiving ${what} to ${where}`);
    const receiver = new SnapshotReceiver(store, end);
    this.receiver = receiver;
    await new Promise<void>((resolve, reject) => {
      if (this.closed) throw new LinkError('Connection closed');
      this.whenClosed = reject;
      this.input.passTo((bytes) => {
        const rest = receiver.take(bytes);
        if (rest === undefined) return;
        this.whenClosed = () => undefined;
        this.socket.pause();
        this.input.hold(rest);
        resolve();
      });
    });
    return receiver;
  }

  /** Where a snapshot that ends there is loaded from as it comes. */
  pipe(end: SnapshotEnd): SnapshotPipe {
    const { socket, server } = this;
    const flow = { hold: () => void socket.pause(), resume: () => void socket.resume() };
    const patience = () => server.settings.replicationTimeout * 1000;
    return new SnapshotPipe('length' in end ? end.length : undefined, flow, server.clock, patience);
  }

  /** Nothing is read now, since this server has enough to do with what has come. */
  get isHeld(): boolean {
    return this.socket.isPaused();
  }

  /** The stream goes there. */
  passTo(sink: (bytes: Buffer) => void): void {
    this.receiver = undefined;
    this.socket.resume();
    this.input.passTo(sink);
  }

  private ask(...words: readonly string[]): void {
    this.write(encodeWords(words));
  }

  private refused(message: string): LinkError {
    this.server.log('warning', message);
    return new LinkError(message);
  }
}

/** A primary that wants to hear who asks, first. */
const MAY_COME_BEFORE_AUTH = /^-(?:NOAUTH|NOPERM|ERR operation not permitted)/;
