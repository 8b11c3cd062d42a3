import { Args } from '../resp/args.js';
import { ReplyBuilder } from '../resp/builder.js';
import { type Argument, type Reply, ReplyError } from '../resp/reply.js';
import type { CommandDeclaration } from './commands/command.js';
import type { Server } from './server.js';
import type { Peer, Session } from './session/session.js';

export interface LocalSessionOptions {
  /** 3 by default: replies keep their RESP3 types. */
  readonly protocol?: 2 | 3;
  /**
   * What arrives out of band: messages, and the reply of a command that blocked. Without it blocking
   * commands answer at once, as in a transaction.
   */
  readonly onPush?: (reply: Reply) => void;
  /**
   * Under `appendfsync always` a command returns once its effects are on disk. A caller that waits for the turn to be
   * settled, before anybody hears of the reply, need not wait for each, and sees to a server that gives up meanwhile.
   */
  readonly waitsItself?: boolean;
}

/**
 * A client in this process: commands run at once and answer values. Trusted: it needs no AUTH. Text in
 * arguments is UTF-8, error replies are ReplyError values.
 */
export class LocalSession implements Peer {
  readonly address = 'local';
  readonly localAddress = 'local';
  readonly canBlock: boolean;
  private readonly builder: ReplyBuilder;
  private readonly session: Session;
  private readonly args = new Args();
  private readonly onPush: ((reply: Reply) => void) | undefined;
  private readonly waitsItself: boolean;

  constructor(
    private readonly server: Server,
    { protocol = 3, onPush, waitsItself = false }: LocalSessionOptions,
  ) {
    this.waitsItself = waitsItself;
    this.builder = new ReplyBuilder(protocol);
    this.onPush = onPush;
    this.canBlock = onPush !== undefined;
    this.session = server.openSession(this, this.builder);
    this.session.user = server.users.trusted;
    this.session.authenticated = true;
    this.session.refresh();
  }

  run(...words: readonly Argument[]): Reply {
    return this.runAll(words);
  }

  runAll(words: readonly Argument[]): Reply {
    this.fill(words);
    return this.runArgs(this.args);
  }

  /**
   * The same, but all that it brings about comes by `onPush`: several confirmations, or a reply some time later. Nothing
   * comes when the server gives up.
   */
  post(words: readonly Argument[]): void {
    this.fill(words);
    this.server.dispatcher.dispatch(this.session, this.args, this.builder);
    if (this.server.appendOnlyFile.appender.isBehind) this.settle();
    if (this.server.failure === undefined) this.flush();
  }

  /** The arguments as they are; undefined when the command blocks and its reply comes by `onPush`. */
  runArgs(args: Args): Reply {
    this.server.dispatcher.dispatch(this.session, args, this.builder);
    const failed = this.server.appendOnlyFile.appender.isBehind ? this.settle() : undefined;
    if (this.session.blocked) return null;
    const reply = this.builder.take();
    return failed ?? reply;
  }

  /** A command whose declaration is known already, its name left out of the checks: `args` must fit it. */
  runCommand(command: CommandDeclaration, args: Args): Reply {
    this.server.keyspace.updateTime();
    this.server.dispatcher.execute(this.session, command, args, this.builder);
    const failed = this.server.appendOnlyFile.appender.isBehind ? this.settle() : undefined;
    const reply = this.builder.take();
    return failed ?? reply;
  }

  /** An error instead of the reply when the effects cannot be kept. */
  private settle(): ReplyError | undefined {
    const { appender } = this.server.appendOnlyFile;
    if (this.waitsItself) appender.flush();
    else appender.settle();
    const { failure } = this.server;
    return failure === undefined ? undefined : new ReplyError(`ERR the server has ended: ${failure}`);
  }

  get blocked(): boolean {
    return this.session.blocked !== undefined;
  }

  /** Each push message and late reply by itself. */
  flush(): void {
    for (const reply of this.builder.takeAll()) this.onPush?.(reply);
  }

  private fill(words: readonly Argument[]): void {
    this.args.fill(words.map((word) => (typeof word === 'string' ? utf8(word) : word)));
  }

  close(): void {
    this.server.closeSession(this.session);
  }
}

/** ASCII needs no encoding. */
function utf8(text: string): string | Buffer {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8');
}
