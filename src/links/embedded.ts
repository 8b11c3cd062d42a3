import type { EmbeddedStoreConfig } from '../config/model.js';
import { type Bytes, toBuffer } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { Args } from '../resp/args.js';
import { type Argument, type Reply, ReplyError } from '../resp/reply.js';
import type { CommandDeclaration } from '../server/commands/command.js';
import type { LocalSession } from '../server/local-session.js';
import type { Server } from '../server/server.js';
import { type Conversation, type ConversationEvents, Turns } from './conversation/conversation.js';
import { EmbeddedServer } from './embedded/embedded-server.js';
import {
  type CallOptions,
  type Command,
  type DirectReads,
  type Link,
  LinkError,
  type NodeLink,
  type Script,
  type Topology,
} from './link.js';
import type { LinkDependencies } from './registry.js';

/**
 * The bundled server's command table called in this process: no socket, no encoding, and no failure but
 * error replies. Commands run at once, in the order of the calls; only blocking ones wait.
 */
export class EmbeddedLink implements Link, DirectReads {
  readonly kind = 'embedded';
  readonly crossSlot = true;
  readonly direct = this;
  private readonly session: LocalSession;
  private readonly getArgs = new Args();
  /** Where keys are put. */
  private readonly scratch = Buffer.allocUnsafeSlow(4096);
  private readonly self: NodeLink;
  private readonly get: CommandDeclaration;
  private queries = 0;
  private errors = 0;
  private lastActivity = -1;
  private closed = false;

  constructor(
    private readonly server: Server,
    private readonly clock: Clock,
    /** How the server begins and ends. */
    private readonly life: { open(): Promise<void>; close(): Promise<void> },
  ) {
    this.session = server.session({ waitsItself: true });
    this.self = {
      name: NAME,
      role: 'primary',
      command: (command, options) => this.command(command, options),
      converse: (events) => Promise.resolve(this.converse(events)),
    };
    this.get = server.commands.get('get')!;
  }

  async open(): Promise<void> {
    await this.life.open();
  }

  async command(command: Command, options: CallOptions): Promise<Reply> {
    const reply = isBlocking(this.server, command) ? await this.wait(command, options) : this.run(command);
    if (this.isUnsettled) await this.settled();
    if (reply instanceof ReplyError) throw reply;
    return reply;
  }

  async pipeline(commands: readonly Command[], options: CallOptions): Promise<(Reply | LinkError)[]> {
    const replies: (Reply | LinkError)[] = [];
    for (const command of commands) {
      replies.push(isBlocking(this.server, command) ? await this.wait(command, options) : this.run(command));
      if (this.server.failure !== undefined) break;
    }
    if (this.isUnsettled) await this.settled();
    return replies;
  }

  async script(script: Script, keys: readonly Bytes[], args: readonly Argument[]): Promise<Reply> {
    let reply = this.run(['EVALSHA', script.sha, keys.length, ...keys, ...args]);
    if (reply instanceof ReplyError && reply.code === 'NOSCRIPT') {
      reply = this.run(['EVAL', script.source, keys.length, ...keys, ...args]);
    }
    if (this.isUnsettled) await this.settled();
    if (reply instanceof ReplyError) throw reply;
    return reply;
  }

  /** GET without building an argument list: what an in-process lookup spends its time on. */
  getNow(key: Bytes): Buffer | null {
    this.refuseClosed();
    const { getArgs, scratch } = this;
    const fits = key.length * 3 <= scratch.length;
    const bytes = fits ? scratch : toBuffer(key);
    const length = !fits ? bytes.length : typeof key === 'string' ? scratch.utf8Write(key) : put(key, scratch);
    // The same buffer each time, so that no object is made for it.
    getArgs.reset(bytes, 0);
    getArgs.add(0, 0);
    getArgs.add(0, length);
    const reply = this.session.runCommand(this.get, getArgs);
    this.queries++;
    if (reply instanceof ReplyError) {
      this.errors++;
      throw reply;
    }
    return reply as Buffer | null;
  }

  nodeFor(): string {
    return NAME;
  }

  async primaries(): Promise<readonly NodeLink[]> {
    return [this.self];
  }

  nodes(): readonly NodeLink[] {
    return [this.self];
  }

  async subscribe(channel: Bytes, onMessage: (message: Buffer) => void): Promise<() => Promise<void>> {
    this.refuseClosed();
    const listener = this.server.session({
      onPush: (push) => {
        const [kind, , message] = push as readonly Reply[];
        if (Buffer.isBuffer(kind) && kind.equals(MESSAGE)) onMessage(message as Buffer);
      },
    });
    listener.run('SUBSCRIBE', toBuffer(channel));
    return async () => listener.close();
  }

  topology(): Topology {
    const { queries, errors, lastActivity } = this;
    const status = this.closed ? 'disconnected' : 'connected';
    return {
      kind: 'embedded',
      transport: 'memory',
      nodes: [{ name: NAME, role: 'primary', status, queries, errors, moved: 0, lastActivity }],
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.session.close();
    await this.life.close();
  }

  private refuseClosed(): void {
    if (this.closed) throw closed();
    if (this.server.isClosed) throw this.ended(false);
  }

  private ended(maybeExecuted: boolean): LinkError {
    const why = this.server.failure ?? 'it was told to';
    return new LinkError('connection', `the server has ended: ${why}`, { node: NAME, maybeExecuted });
  }

  /** What has just been executed is not on disk where it has to be, or never will be. */
  private get isUnsettled(): boolean {
    return this.server.appendOnlyFile.appender.isAwaited || this.server.failure !== undefined;
  }

  /** Rejects when the server had to give up: a client with a socket would not be answered either. */
  private async settled(): Promise<void> {
    if (this.server.appendOnlyFile.appender.isAwaited) await this.server.turn.settled();
    if (this.server.failure !== undefined) throw this.ended(true);
  }

  private converse({ told }: ConversationEvents): Conversation {
    this.refuseClosed();
    const turns = new Turns(told);
    const session = this.server.session({ onPush: (reply) => turns.accept(reply) });
    return {
      ask: (command) => {
        const reply = turns.wait(command);
        session.post(command);
        if (this.server.failure !== undefined) turns.fail(this.ended(true));
        return reply;
      },
      get subscriptions() {
        return turns.subscriptions;
      },
      close: () => {
        session.close();
        turns.fail(closed());
      },
    };
  }

  private run(command: Command): Reply {
    this.refuseClosed();
    const reply = this.session.runAll(command);
    this.queries++;
    this.lastActivity = this.clock.now();
    if (reply instanceof ReplyError) this.errors++;
    return reply;
  }

  /** A command that may block gets a session of its own, so that the others go on. */
  private wait(command: Command, options: CallOptions): Promise<Reply> {
    this.refuseClosed();
    this.queries++;
    return new Promise((resolve, reject) => {
      const waiting = this.server.session({ onPush: (reply) => end(() => resolve(reply)) });
      const end = (settle: () => void) => {
        cancel();
        options.signal?.removeEventListener('abort', abort);
        settle();
        waiting.close();
      };
      const giveUp = (kind: 'timeout' | 'aborted', why: string) => () =>
        end(() => reject(new LinkError(kind, why, { node: NAME, maybeExecuted: false })));
      const cancel = this.clock.schedule(options.deadline - this.clock.now(), giveUp('timeout', 'no answer in time'));
      const abort = giveUp('aborted', 'the caller gave up');
      options.signal?.addEventListener('abort', abort, { once: true });
      const reply = waiting.runAll(command);
      if (!waiting.blocked) end(() => resolve(reply));
    });
  }
}

export function createEmbeddedLink(config: EmbeddedStoreConfig, dependencies: LinkDependencies): EmbeddedLink {
  const embedded = new EmbeddedServer(config, dependencies);
  return new EmbeddedLink(embedded.server, dependencies.clock, embedded);
}

const NAME = 'embedded';
const MESSAGE = Buffer.from('message');

/** Copies short bytes faster than a call into the runtime. */
function put(bytes: Uint8Array, into: Buffer): number {
  const { length } = bytes;
  if (length > SHORT) into.set(bytes);
  else for (let i = 0; i < length; i++) into[i] = bytes[i]!;
  return length;
}

const SHORT = 48;

function isBlocking(server: Server, command: Command): boolean {
  return server.commands.get(command[0].toLowerCase())?.flags.includes('blocking') ?? false;
}

function closed(): LinkError {
  return new LinkError('closed', 'the store is closed', { node: NAME, maybeExecuted: false });
}
