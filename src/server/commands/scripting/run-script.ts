import type { Args } from '../../../resp/args.js';
import { ReplyBuilder } from '../../../resp/builder.js';
import { type Reply, ReplyError } from '../../../resp/reply.js';
import { denialInScript } from '../../access/denial.js';
import { logDenial } from '../../access/log-denial.js';
import { Target } from '../../effects.js';
import { CommandError, errors } from '../../errors.js';
import type { RunLimits } from '../../scripting/interpreter.js';
import type { ScriptHost } from '../../scripting/redis-library.js';
import type { ScriptEngine } from '../../scripting/script-engine.js';
import type { ScriptFlags } from '../../scripting/shebang.js';
import type { LogLevel, Server } from '../../server.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

/**
 * EVAL and its kin: runs a loaded script over the call's keys and arguments. Time stands still meanwhile, and
 * what the script changes is one group of effects.
 *
 * A script that runs longer than `busy-reply-threshold` is ended with an error. Redis would let it run on and
 * answer others with BUSY until SCRIPT KILL; here nobody could be heard, since scripts run on the one thread.
 * What the script had written by then stays written.
 */
export function runScript(call: Call, sha: string, readOnly: boolean): void {
  const { server } = call;
  const keyCount = countKeys(call.args, errors.notInteger);
  const engine = scriptEngine(server);
  const script = engine.script(sha);
  if (script === undefined) throw errors.noScript;
  refuseForMemory(server, script.flags);
  refuseWrites(server, script.flags, readOnly);
  if (server.monitors.size > 0) server.monitors.show(call, false);
  execute(call, keyCount, script.flags, readOnly, (keys, argv, host, limits) =>
    engine.run(sha, keys, argv, host, limits),
  );
}

/** FCALL and FCALL_RO: as a script, by a function's name. */
export function runFunction(call: Call, readOnly: boolean): void {
  const { server, args } = call;
  const { functions } = scriptEngine(server);
  const name = args.text(1);
  const called = functions.find(name);
  if (called !== undefined) refuseForMemory(server, called.flags);
  if (server.monitors.size > 0) server.monitors.show(call, false);
  if (called === undefined) throw new CommandError('ERR Function not found');
  const keyCount = countKeys(args, BAD_KEY_COUNT);
  refuseWrites(server, called.flags, readOnly);
  execute(call, keyCount, called.flags, readOnly, (keys, argv, host, limits) =>
    functions.run(name, keys, argv, host, limits),
  );
}

/** What a library reaches while it loads: only the log. */
export function loadingHost(call: Call): ScriptHost {
  return new CallHost(call, true, true);
}

function execute(call: Call, keyCount: number, flags: ScriptFlags, readOnly: boolean, run: ScriptRun): void {
  const { server, session, args, reply } = call;
  const host = new CallHost(call, readOnly || flags.noWrites, flags.allowOom);
  const keys = words(args, 3, 3 + keyCount);
  const argv = words(args, 3 + keyCount, args.count);
  const { dispatcher, effects, settings } = server;
  const selected = session.db;
  dispatcher.inScript = true;
  let result: Reply = null;
  try {
    effects.group(() => {
      result = run(keys, argv, host, { timeLimit: settings.scriptLimit });
    });
  } finally {
    dispatcher.inScript = false;
    effects.allowed = Target.all;
    session.db = selected;
  }
  const answer = result as Reply;
  if (answer instanceof ReplyError) throw answer;
  reply.value(answer);
}

type ScriptRun = (keys: readonly Buffer[], argv: readonly Buffer[], host: ScriptHost, limits: RunLimits) => Reply;

export function scriptEngine(server: Server): ScriptEngine {
  if (server.scripts === undefined) throw new CommandError('ERR Scripts are not ready: the server was not started');
  return server.scripts;
}

function countKeys(args: Args, notInteger: CommandError): number {
  const count = readInteger(args, 2, notInteger);
  if (count > args.count - 3) throw new CommandError("ERR Number of keys can't be greater than number of args");
  if (count < 0) throw new CommandError("ERR Number of keys can't be negative");
  return count;
}

function refuseForMemory(server: Server, flags: ScriptFlags): void {
  if (flags.compatible || flags.allowOom || flags.noWrites) return;
  if (server.isOutOfMemory) throw errors.oom;
}

function refuseWrites(server: Server, flags: ScriptFlags, readOnly: boolean): void {
  if (flags.compatible || flags.noWrites) return;
  if (server.replication.lacksReplicas) throw errors.noReplicas;
  if (!readOnly) return;
  throw new CommandError('ERR Can not execute a script with write flag using *_ro command.');
}

/** In place: they are copied into the interpreter before anything runs. */
function words(args: Args, from: number, to: number): Buffer[] {
  const found: Buffer[] = [];
  for (let i = from; i < to; i++) found.push(args.view(i));
  return found;
}

/** What the script reaches: the commands, as its caller. */
class CallHost implements ScriptHost {
  private readonly builder = new ReplyBuilder(2);
  private readonly server: Server;
  private readonly outOfMemory: boolean;
  private wrote = false;

  constructor(
    private readonly outer: Call,
    private readonly readOnly: boolean,
    allowOom: boolean,
  ) {
    this.server = outer.server;
    this.outOfMemory = !allowOom && this.server.isOutOfMemory;
  }

  call(args: Args, resp: 2 | 3): Reply {
    const { server, outer, builder } = this;
    const command = server.commands.find(args);
    const refusal = this.refuse(command, args);
    if (refusal) return refusal;
    builder.protocol = resp;
    if (server.dispatcher.execute(outer.session, command!, args, builder).dirty > 0) this.wrote = true;
    return builder.take();
  }

  log(level: number, message: string): void {
    this.server.log(LEVELS[level] ?? 'warning', message);
  }

  permits(args: Args): boolean | undefined {
    const { server, outer } = this;
    const command = server.commands.find(args);
    if (command === undefined) return undefined;
    return server.users.permissions.denial(outer.session.user, command, args) === undefined;
  }

  setPropagation(flags: number): void {
    this.server.effects.allowed = flags;
  }

  private refuse(command: CommandDeclaration | undefined, args: Args): CommandError | undefined {
    if (command === undefined) return UNKNOWN;
    if (command.run === undefined) return args.count === 1 ? WRONG_ARITY : UNKNOWN;
    if (command.arity > 0 ? args.count !== command.arity : args.count < -command.arity) return WRONG_ARITY;
    if (command.flags.includes('noscript')) return NOT_ALLOWED;
    const denied = this.outer.session.user.unrestricted ? undefined : this.deny(command, args);
    if (denied !== undefined) return denied;
    if (
      this.readOnly &&
      (command.flags.includes('write') || command.name === 'publish' || command.name === 'spublish')
    ) {
      return WRITE_NOT_ALLOWED;
    }
    if (this.server.replication.lacksReplicas && command.flags.includes('write')) return errors.noReplicas;
    if (this.outOfMemory && !this.wrote && command.flags.includes('denyoom')) return errors.oom;
    return undefined;
  }

  private deny(command: CommandDeclaration, args: Args): CommandError | undefined {
    const denial = this.server.users.permissions.denial(this.outer.session.user, command, args);
    if (denial === undefined) return undefined;
    logDenial(this.outer, denial, 'lua', { command, args });
    return new CommandError(denialInScript(denial));
  }
}

const BAD_KEY_COUNT = new CommandError('ERR Bad number of keys provided');
const UNKNOWN = new CommandError('ERR Unknown Redis command called from script');
const WRONG_ARITY = new CommandError('ERR Wrong number of args calling Redis command from script');
const NOT_ALLOWED = new CommandError('ERR This Redis command is not allowed from script');
const WRITE_NOT_ALLOWED = new CommandError('ERR Write commands are not allowed from read-only scripts.');
const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
