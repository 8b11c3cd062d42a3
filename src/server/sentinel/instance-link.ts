import type { ByteString } from '../../resp/args.js';
import type { OnReply, SentinelConnection } from './connection.js';

/**
 * The way to an instance: a connection for commands and, to servers that hold data, one on which their messages come. What
 * is known by the last signs of life is of the link, since primaries that are watched by the same sentinels share theirs.
 */
export class InstanceLink {
  commands: SentinelConnection | undefined;
  messages: SentinelConnection | undefined;
  /** How many instances use it. */
  users = 1;
  /** Commands that are not answered yet. */
  pending = 0;
  /** Since when messages are listened for, and when one came last. */
  lastMessageAt = 0;
  /** When PING was answered last in a way that says that the instance is there. */
  availableAt: number;
  /** Since when a PING is unanswered; 0 while none is. Also before the first: else one that never connects would not count. */
  pingPendingSince: number;
  pingSentAt = 0;
  /** When PING was answered last, whatever the answer. */
  pongAt: number;
  triedAt = 0;

  constructor(
    /** It is to a server that holds data. */
    private readonly hasMessages: boolean,
    now: number,
  ) {
    this.pingPendingSince = now;
    this.availableAt = now;
    this.pongAt = now;
  }

  get isDisconnected(): boolean {
    return this.commands === undefined || (this.hasMessages && this.messages === undefined);
  }

  /** Whether a connection for messages is missing. */
  get wantsMessages(): boolean {
    return this.hasMessages && this.messages === undefined;
  }

  send(words: readonly ByteString[], onReply: OnReply = () => undefined): void {
    if (this.commands === undefined) return;
    this.pending++;
    this.commands.send(words, (reply) => {
      this.pending--;
      onReply(reply);
    });
  }

  /** One of its connections has ended. */
  lost(connection: SentinelConnection): void {
    if (this.commands === connection) this.dropCommands();
    if (this.messages === connection) this.dropMessages();
  }

  dropCommands(): void {
    this.commands?.close();
    this.commands = undefined;
    this.pending = 0;
  }

  dropMessages(): void {
    this.messages?.close();
    this.messages = undefined;
  }

  drop(): void {
    this.dropCommands();
    this.dropMessages();
  }

  /** As if it had just been made: whatever was known is forgotten. */
  restart(now: number): void {
    this.drop();
    this.pingPendingSince = now;
    this.pingSentAt = 0;
    this.availableAt = now;
    this.pongAt = now;
  }

  /** One instance fewer uses it; the last one ends it. */
  release(): void {
    if (--this.users === 0) this.drop();
  }
}
