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
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { CallHost } from './call-host.js';

/**
 * EVAL and its kin: runs a loaded script over the call's keys and arguments. Time stands still meanwhile, and
 * what the script changes is one group of effects.
 *
 * What happens to one that runs longer than `busy-reply-threshold` is in session/busy.ts. What a script that is stopped
 * had written stays written.
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
  const running = new RunningScript(call, 'script', sha);
  execute(call, running, keyCount, script.flags, readOnly, (keys, argv, host, limits) =>
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
  const running = new RunningScript(call, 'function', called.name);
  execute(call, running, keyCount, called.flags, readOnly, (keys, argv, host, limits) =>
    functions.run(name, keys, argv, host, limits),
  );
}

/** What a library reaches while it loads: only the log. */
export function loadingHost(call: Call): ScriptHost {
  return new CallHost(call, new RunningScript(call, 'function', ''), { readOnly: true, allowOom: true });
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
  const host = new CallHost(call, script, { readOnly: readOnly || flags.noWrites, allowOom: flags.allowOom });
  const keys = words(args, 3, 3 + keyCount);
  const argv = words(args, 3 + keyCount, args.count);
  const { dispatcher, effects } = server;
  const selected = session.db;
  dispatcher.inScript = true;
  dispatcher.script = script;
  let result: Reply = null;
  try {
    effects.group(() => {
      result = run(keys, argv, host, script);
    });
  } finally {
    dispatcher.inScript = false;
    dispatcher.script = undefined;
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

const BAD_KEY_COUNT = new CommandError('ERR Bad number of keys provided');
