import type { Cancel, Clock } from '../../core/clock.js';
import type { Args } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Server } from '../server.js';
import { scriptFlags } from './actual-flags.js';
import { KeptKeys } from './kept-keys.js';
import type { Session } from './session.js';

/**
 * CLIENT PAUSE: commands of clients over a socket wait, all of them or those that write, until the time is over
 * or CLIENT UNPAUSE; so do writes to keys that are on their way to another server. In-process sessions are not
 * held: they are the program itself.
 */
export class Pause {
  active = false;
  /** Keys that are on their way to another server. */
  readonly kept: KeptKeys;
  /** Sessions whose next command waits. */
  readonly held = new Set<Session>();
  private mode: PauseMode = 'all';
  /** Of CLIENT PAUSE; undefined: none. */
  private until: number | undefined;
  /** Writes wait for as long as it takes: the server is about to end, or to hand over. */
  private readonly reasons = new Set<'end' | 'failover'>();
  private cancel: Cancel = () => undefined;

  private readonly clock: Clock;

  constructor(private readonly server: Server) {
    this.clock = server.clock;
    this.kept = new KeptKeys(server.commands, () => this.letGo());
  }

  /** A second pause makes it longer or stricter, never shorter. */
  begin(mode: PauseMode, milliseconds: number): void {
    const until = this.clock.now() + milliseconds;
    if (this.until !== undefined && this.mode === 'all') mode = 'all';
    this.mode = mode;
    if (this.until !== undefined && until <= this.until) return;
    this.active = true;
    this.until = until;
    this.cancel();
    this.cancel = this.clock.schedule(milliseconds, () => this.end());
  }

  end(): void {
    this.until = undefined;
    this.cancel();
    this.letGo();
  }

  holdWrites(reason: 'end' | 'failover'): void {
    this.reasons.add(reason);
    this.active = true;
  }

  releaseWrites(reason: 'end' | 'failover'): void {
    if (this.reasons.delete(reason)) this.letGo();
  }

  /** Whether commands have to be looked at. */
  get concernsCommands(): boolean {
    return this.active || this.kept.size > 0;
  }

  /** Those that are held are asked again. */
  private letGo(): void {
    this.active = this.reasons.size > 0 || this.until !== undefined;
    const held = [...this.held];
    this.held.clear();
    for (const session of held) session.peer.flush();
  }

  /** Whether the session's next command has to wait; it is asked again once the pause is over. */
  holds(session: Session, command: CommandDeclaration, args: Args): boolean {
    const isHeld =
      this.pauses(session, command, args) || (this.kept.size > 0 && this.kept.hold(session, command, args));
    if (isHeld) this.held.add(session);
    return isHeld;
  }

  forget(session: Session): void {
    this.held.delete(session);
  }

  private pauses(session: Session, command: CommandDeclaration, args: Args): boolean {
    if (!this.active) return false;
    const pausesAll = this.until !== undefined && this.mode === 'all';
    return pausesAll || this.isHeldWrite(session, command, args);
  }

  private isHeldWrite(session: Session, command: CommandDeclaration, args: Args): boolean {
    if (command.name === 'exec') return session.transaction?.writes === true;
    return mayWrite(this.server, command, args);
  }
}

/** Commands that change data, or might be sent to replicas: PUBLISH too, and scripts that do not say otherwise. */
export function mayWrite(server: Server, command: CommandDeclaration, args: Args): boolean {
  if (command.flags.includes('write')) return true;
  return MAY_REPLICATE.has(command.name) && scriptFlags(server, command, args)?.noWrites !== true;
}

const MAY_REPLICATE: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall', 'publish', 'spublish', 'pfcount']);

export type PauseMode = 'all' | 'write';
