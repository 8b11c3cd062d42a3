import type { Cancel, Clock } from '../../core/clock.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Session } from './session.js';

/**
 * CLIENT PAUSE: commands of clients over a socket wait, all of them or those that write, until the time is over
 * or CLIENT UNPAUSE. In-process sessions are not held: they are the program itself.
 */
export class Pause {
  active = false;
  /** Sessions whose next command waits. */
  readonly held = new Set<Session>();
  private mode: PauseMode = 'all';
  private until = 0;
  private cancel: Cancel = () => undefined;

  constructor(private readonly clock: Clock) {}

  /** A second pause makes it longer or stricter, never shorter. */
  begin(mode: PauseMode, milliseconds: number): void {
    const until = this.clock.now() + milliseconds;
    if (this.active && this.mode === 'all') mode = 'all';
    this.mode = mode;
    if (this.active && until <= this.until) return;
    this.active = true;
    this.until = until;
    this.cancel();
    this.cancel = this.clock.schedule(milliseconds, () => this.end());
  }

  end(): void {
    this.active = false;
    this.cancel();
    const held = [...this.held];
    this.held.clear();
    for (const session of held) session.peer.flush();
  }

  /** Whether the session's next command has to wait; it is asked again once the pause is over. */
  holds(session: Session, command: CommandDeclaration | undefined): boolean {
    if (!this.active || (this.mode === 'write' && !this.isHeldWrite(session, command))) return false;
    this.held.add(session);
    return true;
  }

  forget(session: Session): void {
    this.held.delete(session);
  }

  private isHeldWrite(session: Session, command: CommandDeclaration | undefined): boolean {
    if (!command) return false;
    if (command.name === 'exec') return session.transaction?.writes === true;
    return writes(command);
  }
}

/** Commands that change data, or might be sent to replicas: PUBLISH and scripts too. */
export function writes(command: CommandDeclaration): boolean {
  return command.flags.includes('write') || MAY_REPLICATE.has(command.name);
}

const MAY_REPLICATE: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall', 'publish', 'spublish', 'pfcount']);

export type PauseMode = 'all' | 'write';
