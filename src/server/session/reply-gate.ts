import type { Socket } from 'node:net';
import type { Args } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Server } from '../server.js';
import type { Interceptor, ReplyFate } from './interceptor.js';
import type { Session } from './session.js';

/**
 * What a connection sends passes here when there is an interceptor, which has replies held back, cut or lost. Of a command
 * with such a fate the reply is alone in the bytes: those before it are sent first.
 */
export class ReplyGate {
  /** Of the reply that comes next. */
  private fate: ReplyFate | undefined;
  private isMute = false;
  /** Replies that wait, in order, and when each may go. */
  private readonly held: { readonly bytes: Buffer; readonly due: number }[] = [];

  constructor(
    private readonly server: Server,
    private readonly interceptor: Interceptor,
    private readonly connection: GatedConnection,
  ) {}

  /** Replies wait that are still to go out. */
  get isHolding(): boolean {
    return this.held.length > 0;
  }

  /** Runs a command as its fate has it. */
  run(command: CommandDeclaration | undefined, args: Args, reply: ReplySink, follows: boolean): void {
    const { connection, server } = this;
    const { session } = connection;
    const { dispatcher } = server;
    const fate = this.interceptor.arrived(session, command, args);
    if (fate === undefined) {
      dispatcher.dispatch(session, args, reply, follows, command);
      return;
    }
    connection.sendNow();
    if (fate.kind === 'drop-before') {
      connection.destroy();
      return;
    }
    if (fate.kind === 'refused') {
      dispatcher.refuse(session, command, args, reply, fate.error, true);
      return;
    }
    this.fate = fate;
    dispatcher.dispatch(session, args, reply, false, command);
    if (session.blocked !== undefined) return;
    connection.sendNow();
    // There was no reply to do anything with.
    if (this.fate !== undefined) this.pass(NOTHING);
  }

  /** What of the bytes goes out now. They are given back soon: what stays here is copied. */
  pass(bytes: Buffer): Buffer {
    const { fate, connection } = this;
    this.fate = undefined;
    if (fate?.kind === 'silence') this.isMute = true;
    if (this.isMute) return NOTHING;
    if (fate?.kind === 'drop-after' && !this.isHolding) {
      connection.destroy();
      return NOTHING;
    }
    // Behind replies that wait, a reply that is lost is one of which nothing is sent.
    const kept = fate?.kind === 'cut' ? fate.bytes : fate?.kind === 'drop-after' ? 0 : undefined;
    const part = bytes.subarray(0, kept);
    if (kept !== undefined) this.endSoon();
    return fate?.kind === 'delay' || this.held.length > 0
      ? this.hold(part, fate?.kind === 'delay' ? fate.ms : 0)
      : part;
  }

  private endSoon(): void {
    this.connection.session.closing = true;
    this.connection.flush();
  }

  private hold(bytes: Buffer, ms: number): Buffer {
    const { clock } = this.server;
    const before = this.held.at(-1)?.due ?? 0;
    const due = Math.max(before, clock.now() + ms);
    this.held.push({ bytes: Buffer.from(bytes), due });
    if (this.held.length === 1) this.wait();
    return NOTHING;
  }

  private put(bytes: Buffer): void {
    const { stream } = this.connection;
    if (stream.writable) stream.write(bytes);
  }

  private wait(): void {
    const { clock } = this.server;
    clock.schedule(this.held[0]!.due - clock.now(), () => {
      const now = clock.now();
      while (this.held.length > 0 && this.held[0]!.due <= now) this.put(this.held.shift()!.bytes);
      if (this.held.length > 0) this.wait();
      // It could not end before.
      else if (this.connection.session.closing) this.connection.flush();
    });
  }
}

/** What the gate needs of its connection. */
interface GatedConnection {
  readonly session: Session;
  readonly stream: Socket;
  /** Sends the replies that there are. */
  sendNow(): void;
  flush(): void;
  destroy(): void;
}

const NOTHING = Buffer.alloc(0);
