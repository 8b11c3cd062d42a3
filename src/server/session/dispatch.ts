import type { Args } from '../../resp/args.js';
import { ReplyBuilder } from '../../resp/builder.js';
import { ReplyError } from '../../resp/reply.js';
import type { ReplySink } from '../../resp/sink.js';
import { DeniedError } from '../access/denial.js';
import { logDenial } from '../access/log-denial.js';
import { advanceAsking, RoutingError } from '../cluster/routing.js';
import { Call } from '../commands/call.js';
import type { CommandDeclaration } from '../commands/command.js';
import { Target } from '../effects.js';
import { CommandError, CountedError, execAbortedBy } from '../errors.js';
import type { Server } from '../server.js';
import { actualFlags } from './actual-flags.js';
import type { RunningScript } from './busy.js';
import { mayWrite } from './pause.js';
import { Refusals } from './refusals.js';
import type { Session, Transaction } from './session.js';
import { endTransaction, enqueue } from './transaction.js';

/**
 * From arguments to reply: find the command, check arity and what the session's state forbids, queue it in
 * a transaction or run it, then let everything that follows a command happen (effects, blocked clients,
 * statistics, the slow log, monitors).
 *
 * A command that fails has its half-written reply taken back and replaced by the error.
 */
export class Dispatcher {
  /** A script is running: its commands may not wait. */
  inScript = false;
  /** The script that runs, also while another client is answered beside it. */
  script: RunningScript | undefined;
  private readonly call: Call;
  /** Calls inside a call (EXEC, scripts) have a `Call` of their own, by depth. */
  private readonly nested: Call[] = [];
  private depth = 0;
  private dispatching = false;
  private endedAt = 0;
  private timeReadAt = 0;
  /** Another command of the client's is about to follow. */
  private more = false;
  /** Calls since `endedAt` that are not accounted for yet, all of them of `call.command`. */
  private untimed = 0;
  private lastShort: CommandDeclaration | undefined;
  private readonly short: ReadonlySet<CommandDeclaration>;
  private readonly runInMulti: ReadonlySet<CommandDeclaration | undefined>;
  private readonly refusals: Refusals;

  constructor(private readonly server: Server) {
    this.call = new Call(server);
    this.short = new Set(
      [...server.commands.all()].filter(({ name, flags }) => name === 'set' || flags.includes('fast')),
    );
    this.runInMulti = new Set(RUN_IN_MULTI.map((name) => server.commands.get(name)));
    this.refusals = new Refusals(server);
  }

  /**
   * A command from a client. One that `follows` another without a pause (pipelining) is timed from that one's
   * end, and runs at its time while that is less than a millisecond old: reading the two clocks is a fifth of
   * what a short command costs. Where `more` certainly follow, `settle` must be called after the last.
   */
  dispatch(
    session: Session,
    args: Args,
    reply: ReplySink,
    follows = false,
    command = this.server.commands.find(args),
    more = false,
  ): void {
    const { server } = this;
    if (this.script !== undefined) {
      this.dispatchBeside(session, command, args, reply);
      return;
    }
    if (!follows) this.endedAt = performance.now();
    if (!follows || this.endedAt - this.timeReadAt >= 1) {
      server.keyspace.updateTime();
      this.timeReadAt = this.endedAt;
    } else server.keyspace.goOn();
    if (this.untimed > 0 && command !== this.call.command) this.settle();
    this.more = more;
    this.dispatching = true;
    session.lastActive = server.keyspace.now;
    if (server.keyspace.tracked) server.tracking.limit();
    if (session.replyMode === 'on') this.process(session, command, args, reply);
    else this.processSilently(session, command, args, reply);
    this.dispatching = false;
    if (session.tracked !== undefined) server.tracking.settle(session, args);
    if (!server.blocking.pending) return;
    this.settle();
    server.blocking.serve();
  }

  /**
   * Whether short commands that follow each other may be timed together, as parts of the same length: not while
   * somebody wants to know of each, or of times that are not much longer than theirs.
   */
  get timesTogether(): boolean {
    const { settings, monitors } = this.server;
    const { slowlogThreshold, latencyThreshold } = settings;
    return (slowlogThreshold < 0 || slowlogThreshold >= SLOW) && latencyThreshold === 0 && monitors.size === 0;
  }

  /** Accounts for all calls until now. */
  settle(): void {
    if (this.untimed === 0) return;
    const calls = this.untimed;
    this.untimed = 0;
    this.time(this.call, this.endedAt, false, calls);
  }

  private time(call: Call, started: number, failed: boolean, calls: number): void {
    this.endedAt = performance.now();
    this.account(call, (this.endedAt - started) * 1000, failed, calls);
  }

  /** Takes about as long as others like it, whatever it meets. */
  private isShort(command: CommandDeclaration, args: Args): boolean {
    if (args.count > FEW_WORDS) return false;
    if (command === this.lastShort) return true;
    if (!this.short.has(command)) return false;
    this.lastShort = command;
    return true;
  }

  /** A command of another client while a script runs: most are refused, and time stands still. */
  private dispatchBeside(session: Session, command: Found, args: Args, reply: ReplySink): void {
    const { dispatching } = this;
    this.dispatching = false;
    this.inScript = false;
    session.lastActive = this.server.clock.now();
    if (session.replyMode === 'on') this.process(session, command, args, reply);
    else this.processSilently(session, command, args, reply);
    this.inScript = true;
    this.dispatching = dispatching;
  }

  /** Whether CLIENT PAUSE makes the command wait; one that would be refused anyway is answered at once. */
  isHeld(session: Session, args: Args): boolean {
    const command = this.server.commands.find(args);
    if (this.refusals.find(session, command, args) !== undefined) return false;
    return this.server.pause.holds(session, command!, args);
  }

  /** Whose command is running. */
  get running(): Session | undefined {
    return this.current?.session;
  }

  /** The client's command that is running. */
  get current(): Call | undefined {
    return this.depth > 0 ? this.call : undefined;
  }

  /** Whether the running command may change data. */
  get isWriting(): boolean {
    return this.depth > 0 && this.callAt(this.depth - 1).command.flags.includes('write');
  }

  /** Whether the running command was called by another one (EXEC, a script). */
  get isNested(): boolean {
    return this.depth > 1;
  }

  /** Runs a command that waited once more: its reply goes where it would have gone at first. */
  executeAgain(session: Session, command: CommandDeclaration, args: Args): void {
    const { reply, replyMode } = session;
    this.execute(session, command, args, replyMode === 'on' ? reply : new ReplyBuilder(reply.protocol));
  }

  /** Runs a command that has passed the checks, also from EXEC and scripts. */
  execute(session: Session, command: CommandDeclaration, args: Args, reply: ReplySink): Call {
    const call = this.run(session, command, args, reply);
    const { effects } = this.server;
    if (this.depth === 0 && (effects.listened || effects.isPending)) this.tell(session, command);
    return call;
  }

  /** Everybody is told what a command that no other one has called, and those it has called itself, have done. */
  private tell(session: Session, command: CommandDeclaration): void {
    const { effects, replication } = this.server;
    if (effects.isPending) effects.end(!RANDOM_KEYS.has(command.name));
    session.writtenTo = replication.offset;
  }

  private run(session: Session, command: CommandDeclaration, args: Args, reply: ReplySink): Call {
    const call = this.enter();
    call.command = command;
    call.args = args;
    call.reply = reply;
    call.session = session;
    call.db = session.db;
    call.dirty = 0;
    call.effects = undefined;
    call.told = Target.none;
    call.mark = reply.mark();
    const started = this.dispatching && this.depth === 1 ? this.endedAt : performance.now();
    let failed = false;
    try {
      command.run!(call);
    } catch (error) {
      failed = true;
      reply.rewind(call.mark);
      this.fail(reply, this.asReply(error, command));
    } finally {
      this.depth--;
    }
    session.commands++;
    session.lastCommand = command;
    const isOwn = this.dispatching && this.depth === 0;
    if (isOwn && this.more && this.untimed < TOGETHER && !failed && this.isShort(command, args)) this.untimed++;
    else {
      const calls = isOwn ? this.untimed + 1 : 1;
      if (isOwn) this.untimed = 0;
      this.time(call, started, failed, calls);
    }
    if (call.dirty > 0 || call.told !== Target.none) this.server.effects.report(call, this.depth === 0);
    if (this.server.keyspace.tracked) this.track(call);
    return call;
  }

  /** Remembers what a tracking client has read, and tells it what it changed once the outermost command has ended. */
  private track(call: Call): void {
    const { tracking } = this.server;
    const { tracked } = call.session;
    const reads = call.command.flags.includes('readonly') && call.command.group !== 'scripting';
    if (reads && tracked !== undefined) {
      tracking.remember(this.inScript && this.depth > 0 ? this.callAt(this.depth - 1) : call, tracked, call.session);
    }
    if (this.depth === 0) tracking.afterCommand(call.session);
  }

  private account(call: Call, microseconds: number, failed: boolean, calls: number): void {
    const { stats, slowLog, monitors, blocking, settings, latency } = this.server;
    // A command that waited and goes on was counted and shown when it began.
    const goesOn = blocking.readyKey !== undefined;
    stats.ran(call.command, microseconds, failed, goesOn, calls);
    if (settings.latencyTracking && (goesOn || call.session.blocked === undefined)) {
      stats.took(call.command, microseconds / calls, calls);
    }
    const isOuter = !(this.inScript && this.depth > 0);
    if (settings.latencyThreshold > 0 && isOuter && microseconds >= settings.latencyThreshold * 1000) {
      const kind = call.command.flags.includes('fast') ? 'fast-command' : 'command';
      latency.observe(goesOn ? 'command-unblocking' : kind, microseconds / 1000);
    }
    // EVAL itself is told of, not what its script runs.
    if (isOuter && slowLog.isSlow(microseconds)) slowLog.add(call, microseconds);
    if (monitors.size > 0 && !goesOn) monitors.feed(call, this.inScript && this.depth > 0);
  }

  private process(session: Session, command: Found, args: Args, reply: ReplySink): void {
    const { server } = this;
    if (server.cluster !== undefined) advanceAsking(session);
    const refusal = this.refusals.find(session, command, args);
    if (refusal !== undefined) this.refuse(session, command, args, reply, refusal);
    else if (session.transaction && !this.runInMulti.has(command)) {
      // What will not run is not kept.
      if (!session.transaction.aborted && !session.watchBroken) this.enqueue(session.transaction, command!, args);
      session.lastCommand = command;
      reply.simple('QUEUED');
    } else if (session.noTouch) {
      server.keyspace.withoutTouching(() => this.execute(session, command!, args, reply));
    } else {
      this.execute(session, command!, args, reply);
    }
  }

  private enqueue(transaction: Transaction, command: CommandDeclaration, args: Args): void {
    enqueue(transaction, args);
    if (mayWrite(this.server, command, args)) transaction.writes = true;
    if (actualFlags(this.server, command, args).includes('denyoom')) transaction.needsMemory = true;
  }

  /** Answers a command that may not run; a transaction that it belongs to is lost, and EXEC says so unless `asItIs`. */
  refuse(
    session: Session,
    command: Found,
    args: Args,
    reply: ReplySink,
    refusal: ReplyError,
    asItIs = refusal instanceof RoutingError,
  ): void {
    this.server.stats.rejected(command);
    const isUnknown = command?.subcommands !== undefined && args.count > 1;
    session.lastCommand = isUnknown ? undefined : command;
    if (refusal instanceof DeniedError) this.logDenied(session, command!, args, refusal);
    if (session.transaction) session.transaction.aborted = true;
    const isExec = command?.name === 'exec';
    if (isExec) endTransaction(session);
    this.fail(reply, isExec && !asItIs ? execAbortedBy(refusal) : refusal);
    // Those who saw MULTI see its end.
    if (isExec && !asItIs) this.server.monitors.show({ server: this.server, session, command, args }, false);
  }

  /** CLIENT REPLY OFF and SKIP: the reply goes nowhere; pushes, which do not pass here, are sent. */
  private processSilently(session: Session, command: Found, args: Args, reply: ReplySink): void {
    if (session.replyMode === 'skip-next') session.replyMode = 'skip';
    this.process(session, command, args, new ReplyBuilder(reply.protocol));
    // One that waits has its reply, the one to skip, still to come.
    if (session.replyMode === 'skip' && session.blocked === undefined) session.endSkip();
  }

  private enter(): Call {
    return this.callAt(this.depth++);
  }

  private callAt(depth: number): Call {
    if (depth === 0) return this.call;
    return (this.nested[depth - 1] ??= new Call(this.server));
  }

  private logDenied(session: Session, command: CommandDeclaration, args: Args, { denial }: DeniedError): void {
    const { server } = this;
    logDenial({ server, session, command, args }, denial, session.transaction ? 'multi' : 'toplevel');
  }

  /** The error instead of a command's reply. */
  fail(reply: ReplySink, error: ReplyError): void {
    if (!(error instanceof CountedError)) this.server.stats.countError(error.code);
    reply.error(error.message);
  }

  /** A fault of ours must not end the server: it is logged and told as an error. */
  private asReply(error: unknown, command: CommandDeclaration): ReplyError {
    if (error instanceof ReplyError) return error;
    this.server.log('warning', `command "${command.name}" failed: ${(error as Error).stack ?? String(error)}`);
    return new CommandError('ERR internal error');
  }
}

/** Calls that are timed together at most, with one more that ends them. */
const TOGETHER = 15;
/** Microseconds that so many do not take unless something is wrong. */
const SLOW = 1000;
/** Key, field and value. */
const FEW_WORDS = 4;

/** What the first words of a request name, if anything. */
type Found = CommandDeclaration | undefined;

/** Commands that meet keys at random: the expired ones among them go one by one. */
const RANDOM_KEYS: ReadonlySet<string> = new Set(['scan', 'randomkey']);

const RUN_IN_MULTI = ['exec', 'discard', 'multi', 'watch', 'quit', 'reset'];
