import type { Call } from './commands/call.js';
import { quoted } from './quoted.js';
import { shownWords } from './redaction.js';
import type { Session } from './session/session.js';

/** The clients that MONITOR: each gets a line for every command that ran, admin commands left out. */
export class Monitors {
  private readonly sessions = new Set<Session>();

  get size(): number {
    return this.sessions.size;
  }

  add(session: Session): void {
    this.sessions.add(session);
    session.monitoring = true;
    session.refresh();
  }

  remove(session: Session): void {
    if (!this.sessions.delete(session)) return;
    session.monitoring = false;
    session.refresh();
  }

  feed(call: Call, fromScript: boolean): void {
    const { flags } = call.command;
    if (flags.includes('admin') || flags.includes('skip_monitor')) return;
    this.show(call, fromScript);
  }

  /** A command that leaves the moment to itself: EVAL shows before what its script runs, whatever becomes of it. */
  show(call: Shown, fromScript: boolean): void {
    const { session, server } = call;
    const { now } = server.keyspace;
    const microseconds = `${Math.floor(now / 1000)}.${String(Math.floor(now % 1000) * 1000).padStart(6, '0')}`;
    const { unixSocket } = server;
    const address = fromScript
      ? 'lua'
      : unixSocket !== undefined && session.peer.address.startsWith('/')
        ? `unix:${unixSocket}`
        : session.peer.address;
    const words = shownWords(call).map(quoted).join(' ');
    const line = `${microseconds} [${session.db.number} ${address}] ${words}`;
    for (const monitor of this.sessions) {
      if (!isListening(monitor, session)) continue;
      monitor.reply.simple(line);
      monitor.peer.flush();
    }
  }
}

/** To those who want no replies these are replies: what CLIENT REPLY SKIP lets through is its own line. */
function isListening({ closing, replyMode, id }: Session, running: Session): boolean {
  return !closing && (replyMode === 'on' || (replyMode === 'skip-next' && id === running.id));
}

type Shown = Pick<Call, 'server' | 'session' | 'command' | 'args'>;
