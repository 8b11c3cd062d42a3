import { globMatches } from '../../core/glob.js';
import type { ByteString } from '../../resp/args.js';
import type { Session } from '../session/session.js';

/**
 * Who listens to which channel, pattern and shard channel. Messages are written to the subscriber at once,
 * in the order they were published, and sent at the end of the turn.
 */
export class PubSub {
  readonly channels = new Map<ByteString, Set<Session>>();
  readonly patterns = new Map<ByteString, Set<Session>>();
  readonly shardChannels = new Map<ByteString, Set<Session>>();

  /** Answers how many clients got it. */
  publish(channel: ByteString, message: ByteString): number {
    let receivers = 0;
    for (const session of this.channels.get(channel) ?? []) {
      deliver(session, ['message', channel, message]);
      receivers++;
    }
    for (const [pattern, sessions] of this.patterns) {
      if (!globMatches(pattern, channel)) continue;
      for (const session of sessions) {
        deliver(session, ['pmessage', pattern, channel, message]);
        receivers++;
      }
    }
    return receivers;
  }

  publishShard(channel: ByteString, message: ByteString): number {
    const sessions = this.shardChannels.get(channel) ?? [];
    for (const session of sessions) deliver(session, ['smessage', channel, message]);
    return 'size' in sessions ? sessions.size : 0;
  }

  /** False when the session had it already. */
  subscribe(session: Session, kind: SubscriptionKind, channel: ByteString): boolean {
    if (session[kind].has(channel)) return false;
    session[kind].add(channel);
    const sessions = this[kind].get(channel) ?? new Set();
    this[kind].set(channel, sessions);
    sessions.add(session);
    session.refresh();
    return true;
  }

  unsubscribe(session: Session, kind: SubscriptionKind, channel: ByteString): boolean {
    if (!session[kind].delete(channel)) return false;
    const sessions = this[kind].get(channel);
    sessions?.delete(session);
    if (sessions?.size === 0) this[kind].delete(channel);
    session.refresh();
    return true;
  }

  /** Another shard has the channel now: those who listen are told that they no longer do. */
  closeShardChannel(channel: ByteString): void {
    for (const session of [...(this.shardChannels.get(channel) ?? [])]) {
      this.unsubscribe(session, 'shardChannels', channel);
      const { reply } = session;
      reply.push(3);
      reply.bulk('sunsubscribe');
      reply.bulk(channel);
      reply.integer(session.shardChannels.size);
      session.peer.flush();
    }
  }

  /** At the end of a connection and on RESET: nobody is told. */
  forget(session: Session): void {
    for (const kind of KINDS) for (const channel of [...session[kind]]) this.unsubscribe(session, kind, channel);
  }
}

export type SubscriptionKind = 'channels' | 'patterns' | 'shardChannels';

const KINDS: readonly SubscriptionKind[] = ['channels', 'patterns', 'shardChannels'];

function deliver(session: Session, words: readonly ByteString[]): void {
  const { reply } = session;
  reply.push(words.length);
  for (const word of words) reply.bulk(word);
  session.peer.flush();
}
