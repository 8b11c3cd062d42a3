import type { Args, ByteString } from '../../resp/args.js';
import type { Call } from '../commands/call.js';
import { keyPlaces } from '../commands/command.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import { Broadcast } from './broadcast.js';
import type { Invalidated, Tracked, TrackingOptions } from './tracked.js';

/**
 * Client-side caching (CLIENT TRACKING): which client has read which key, and the messages that tell it when the key
 * changes. A key is forgotten when its readers have been told. Names alone count, not databases, as in Redis.
 *
 * Messages for the client whose command is running wait until its reply is written; broadcasts go out once per turn.
 * Costs one look at `keyspace.tracked` per command and per change while nobody tracks.
 */
export class Tracking {
  readonly broadcast = new Broadcast();
  /** Keys that were read, and the ids of their readers; those of clients that are gone drop out with the key. */
  private readonly readers = new Map<ByteString, Set<number>>();
  private readonly sessions = new Map<number, Session>();
  /** How many ids `readers` holds. */
  items = 0;
  /** For the client whose command is running. */
  private pending: Invalidated[] = [];
  private telling = false;
  private overLimit = 0;

  constructor(private readonly server: Server) {}

  get keys(): number {
    return this.readers.size;
  }

  get clients(): number {
    return this.sessions.size;
  }

  enable(session: Session, options: TrackingOptions): void {
    const { prefixes, ...modes } = options;
    const before = session.tracked;
    const tracked: Tracked = {
      ...modes,
      caching: before?.caching ?? false,
      broken: false,
      prefixes: before?.prefixes ?? new Set(),
    };
    session.tracked = tracked;
    this.sessions.set(session.id, session);
    this.rest();
    if (!options.broadcast) return;
    for (const prefix of prefixes.length > 0 ? prefixes : ['']) {
      tracked.prefixes.add(prefix);
      this.broadcast.add(session, prefix);
    }
  }

  disable(session: Session): void {
    if (session.tracked === undefined) return;
    this.broadcast.remove(session, session.tracked.prefixes);
    session.tracked = undefined;
    this.sessions.delete(session.id);
    this.rest();
  }

  /** The keys that a command of a tracking client has read; for a script's command those the script was called with. */
  remember({ command, args }: Call, tracked: Tracked, reader: Session): void {
    if (tracked.broadcast || command.flags.includes('pubsub')) return;
    if ((tracked.optIn && !tracked.caching) || (tracked.optOut && tracked.caching)) return;
    for (const place of keyPlaces(command.keys, args)) {
      const key = args.text(place);
      const ids = this.readers.get(key) ?? new Set();
      this.readers.set(key, ids);
      if (ids.has(reader.id)) continue;
      ids.add(reader.id);
      this.items++;
    }
  }

  /** A key has changed, by a command, or by expiry and eviction. */
  changed(key: ByteString, byCommand: boolean): void {
    const { dispatcher } = this.server;
    if (this.broadcast.size > 0) {
      // What scripts change is nobody's own change to broadcasts.
      this.broadcast.changed(key, byCommand && !dispatcher.inScript ? dispatcher.running : undefined);
      this.tellSoon();
    }
    this.invalidate(key);
  }

  /** Databases were emptied: one message that stands for all keys. */
  flushed(): void {
    for (const session of this.sessions.values()) this.tell(session, 'everything');
    this.readers.clear();
    this.items = 0;
    this.rest();
  }

  /** Before a command: forgets keys, the longest remembered first, while there are more than `tracking-table-max-keys`. */
  limit(): void {
    const { trackingTableMaxKeys: most } = this.server.settings;
    if (most === 0 || this.sessions.size === 0 || this.readers.size <= most) {
      this.overLimit = 0;
      return;
    }
    let effort = 100 * (this.overLimit + 1);
    for (const key of this.readers.keys()) {
      this.invalidate(key);
      if (this.readers.size <= most) {
        this.overLimit = 0;
        return;
      }
      if (--effort === 0) break;
    }
    this.overLimit++;
  }

  /** After a command and its reply. CACHING holds for one command, CLIENT itself not counted, or one transaction. */
  settle(session: Session, args: Args): void {
    const { tracked } = session;
    if (tracked?.caching && session.transaction === undefined && args.word(0) !== 'client') tracked.caching = false;
  }

  /** The outermost command has ended: what it changed itself is told behind its reply. */
  afterCommand(session: Session): void {
    if (this.pending.length === 0) return;
    const due = this.pending;
    this.pending = [];
    for (const what of due) this.send(session, what);
  }

  private invalidate(key: ByteString): void {
    const ids = this.readers.get(key);
    if (ids === undefined) return;
    this.readers.delete(key);
    this.items -= ids.size;
    for (const id of ids) {
      const session = this.sessions.get(id);
      const { tracked } = session ?? {};
      if (session === undefined || tracked === undefined || tracked.broadcast) continue;
      if (tracked.noLoop && session === this.server.dispatcher.running) continue;
      this.tell(session, [key]);
    }
    this.rest();
  }

  private tell(session: Session, what: Invalidated): void {
    if (session === this.server.dispatcher.running) this.pending.push(what);
    else this.send(session, what);
  }

  private send(session: Session, what: Invalidated): void {
    const { tracked } = session;
    if (tracked === undefined) return;
    const { redirect } = tracked;
    if (redirect === undefined) {
      if (session.reply.protocol === 3) write(session, what);
    } else if (!this.server.sessions.has(redirect.session)) {
      tracked.broken = true;
      if (session.reply.protocol === 3) writeBroken(session, redirect.id);
    } else if (redirect.session.reply.protocol === 3 || redirect.session.subscriptions > 0) {
      write(redirect.session, what);
    }
  }

  private tellSoon(): void {
    if (this.telling || !this.broadcast.pending) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      this.broadcast.tell((session, keys) => this.send(session, keys));
    });
  }

  /** Nothing is told while nobody tracks and no keys of somebody who did are remembered. */
  private rest(): void {
    this.server.keyspace.tracked = this.sessions.size > 0 || this.readers.size > 0;
  }
}

/** RESP2 clients get it as a message, which only works in the subscribed state. */
function write(session: Session, what: Invalidated): void {
  const { reply } = session;
  if (reply.protocol === 3) {
    reply.push(2);
    reply.bulk('invalidate');
  } else {
    reply.array(3);
    reply.bulk('message');
    reply.bulk('__redis__:invalidate');
  }
  if (what === 'everything') reply.nil();
  else {
    reply.array(what.length);
    for (const key of what) reply.bulk(key);
  }
  session.peer.flush();
}

function writeBroken(session: Session, id: number): void {
  const { reply } = session;
  reply.push(2);
  reply.bulk('tracking-redir-broken');
  reply.integer(id);
  session.peer.flush();
}
