import type { Args } from '../../../resp/args.js';
import { type Reply, ReplyError } from '../../../resp/reply.js';
import { Target } from '../../effects.js';
import { CommandError, errors } from '../../errors.js';
import type { RunLimits } from '../../scripting/interpreter.js';
import type { ScriptHost } from '../../scripting/redis-library.js';
import type { ScriptEngine } from '../../scripting/script-engine.js';
import type { ScriptFlags } from '../../scripting/shebang.js';
import type { Server } from '../../server.js';
import { RunningScript } from '../../session/busy.js';
import { isStale } from '../../session/refuse-on-replica.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { CallHost } from './call-host.js';
import { debugSession } from './debug-session.js';

/**
 * EVAL and its kin: runs the script that `find` loads or names over the call's keys and arguments. Time stands still meanwhile, and
 * what the script changes is one group of effects.
 *
 * What happens to one that runs longer than `busy-reply-threshold` is in session/busy.ts. What a script that is stopped
 * had written stays written.
 */
export function runScript(call: Call, find: (call: Call) => string, readOnly: boolean): void {
  const { server } = call;
  showScript(call);
  const keyCount = countKeys(call.args, errors.notInteger);
  const sha = find(call);
  const engine = scriptEngine(server);
  const script = engine.script(sha);
  if (script === undefined) throw errors.noScript;
  refuseByFlags(call, script.flags, readOnly);
  refuseForMemory(server, script.flags);
  const running = new RunningScript(call, 'script', sha);
  const session = debugSession(call, running);
  execute(call, running, keyCount, script.flags, readOnly, (keys, argv, host, limits) =>
    engine.run(sha, keys, argv, host, limits, session),
  );
}

/** FCALL and FCALL_RO: as a script, by a function's name. */
export function runFunction(call: Call, readOnly: boolean): void {
  const { server, args } = call;
  const { functions } = scriptEngine(server);
  const name = args.text(1);
  const called = functions.find(name);
  showScript(call);
  if (called === undefined) throw new CommandError('ERR Function not found');
  refuseForMemory(server, called.flags);
  const keyCount = countKeys(args, BAD_KEY_COUNT);
  refuseByFlags(call, called.flags, readOnly);
  const running = new RunningScript(call, 'function', called.name);
  execute(call, running, keyCount, called.flags, readOnly, (keys, argv, host, limits) =>
    functions.run(name, keys, argv, host, limits),
  );
}

/** Before what it runs, also to who sent it. */
function showScript(call: Call): void {
  if (call.server.monitors.size === 0) return;
  call.server.monitors.show(call, false);
  call.mark = call.reply.mark();
}

/** What a library reaches while it loads: only the log. */
export function loadingHost(call: Call): ScriptHost {
  return new CallHost(call, new RunningScript(call, 'function', ''), {
    readOnly: true,
    allowOom: true,
    crossesSlots: true,
  });
}

function execute(
  call: Call,
  script: RunningScript,
  keyCount: number,
  flags: ScriptFlags,
  readOnly: boolean,
  run: ScriptRun,
): void {
  const { server, session, args, reply } = call;
  const host = new CallHost(call, script, {
    readOnly: readOnly || flags.noWrites,
    allowOom: flags.allowOom,
    crossesSlots: flags.compatible || flags.allowCrossSlotKeys,
  });
  const keys = words(args, 3, 3 + keyCount);
  const argv = words(args, 3 + keyCount, args.count);
  const { dispatcher, effects } = server;
  const selected = session.db;
  const isInExec = dispatcher.isNested;
  dispatcher.inScript = true;
  dispatcher.script = script;
  let result: Reply = null;
  try {
    const runNow = () => {
      result = run(keys, argv, host, script);
    };
    if (isInExec) server.keyspace.atTimeOfItsOwn(runNow);
    else runNow();
  } finally {
    dispatcher.inScript = false;
    dispatcher.script = undefined;
    effects.allowed = Target.all;
    session.db = selected;
    call.mark = reply.mark();
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

/** By what the script says of itself; one that says nothing finds out by its first write. */
function refuseByFlags({ server, session }: Call, flags: ScriptFlags, readOnly: boolean): void {
  if (server.cluster !== undefined && flags.noCluster) throw NOT_IN_CLUSTER;
  if (isStale(server) && !flags.allowStale) throw flags.compatible ? errors.primaryDown : SCRIPT_IS_STALE;
  if (flags.compatible || flags.noWrites) return;
  const { replication, settings, persistence, appendOnlyFile } = server;
  if (!session.isPrimary) {
    if (replication.isReplica && settings.replicaReadOnly) throw SCRIPT_ON_REPLICA;
    if (persistence.refusesWrites) throw SCRIPT_NOT_SAVED;
    if (appendOnlyFile.appender.failure !== undefined) throw scriptNotWritten(appendOnlyFile.appender.failure);
  }
  if (readOnly) throw new CommandError('ERR Can not execute a script with write flag using *_ro command.');
  if (replication.lacksReplicas) throw errors.noReplicas;
}

/** In place: they are copied into the interpreter before anything runs. */
function words(args: Args, from: number, to: number): Buffer[] {
  const found: Buffer[] = [];
  for (let i = from; i < to; i++) found.push(args.view(i));
  return found;
}

const SCRIPT_IS_STALE = new CommandError(
  "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script.",
);
const NOT_IN_CLUSTER = new CommandError("ERR Can not run script on cluster, 'no-cluster' flag is set.");
const SCRIPT_ON_REPLICA = new CommandError('READONLY Can not run script with write flag on readonly replica');
const ONLY_READERS =
  "but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts.";
const SCRIPT_NOT_SAVED = new CommandError(`MISCONF Redis is configured to save RDB snapshots, ${ONLY_READERS}`);

function scriptNotWritten(reason: string): CommandError {
  return new CommandError(`MISCONF Redis is configured to persist data to AOF, ${ONLY_READERS} AOF error: ${reason}`);
}

const BAD_KEY_COUNT = new CommandError('ERR Bad number of keys provided');
