import type { ByteString } from '../../resp/args.js';
import type { Session } from '../session/session.js';

/**
 * The prefixes of clients that track in broadcast mode, and the keys changed under each since they were last told.
 * A prefix lives as long as a client has it.
 */
export class Broadcast {
  private readonly prefixes = new Map<ByteString, Prefix>();
  /** Some prefix has keys to tell of. */
  pending = false;

  get size(): number {
    return this.prefixes.size;
  }

  add(session: Session, prefix: ByteString): void {
    const known = this.prefixes.get(prefix) ?? { sessions: new Set<Session>(), keys: new Map() };
    this.prefixes.set(prefix, known);
    known.sessions.add(session);
  }

  remove(session: Session, prefixes: Iterable<ByteString>): void {
    for (const prefix of prefixes) {
      const known = this.prefixes.get(prefix);
      known?.sessions.delete(session);
      if (known?.sessions.size === 0) this.prefixes.delete(prefix);
    }
  }

  /** `by`: who changed it last, and will not be told when it asked so; undefined when it was no client of its own. */
  changed(key: ByteString, by: Session | undefined): void {
    for (const [prefix, { keys }] of this.prefixes) {
      if (!key.startsWith(prefix)) continue;
      keys.set(key, by);
      this.pending = true;
    }
  }

  /** Tells every client of a prefix the keys changed under it, in order, in one message. */
  tell(send: (session: Session, keys: readonly ByteString[]) => void): void {
    this.pending = false;
    for (const [, prefix] of [...this.prefixes].sort(byName)) {
      if (prefix.keys.size === 0) continue;
      const changes = [...prefix.keys].sort(byName);
      prefix.keys.clear();
      for (const session of prefix.sessions) {
        const foreign = session.tracked?.noLoop ? changes.filter(([, by]) => by !== session) : changes;
        if (foreign.length > 0)
          send(
            session,
            foreign.map(([key]) => key),
          );
      }
    }
  }
}

interface Prefix {
  readonly sessions: Set<Session>;
  readonly keys: Map<ByteString, Session | undefined>;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
