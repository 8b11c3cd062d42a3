import { isAllowed } from '../../../access/protected-commands.js';
import { RefusedChange, UnknownDirective } from '../../../configuration/configuration.js';
import { CommandError, errors } from '../../../errors.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';

export const set: CommandDeclaration = {
  name: 'set',
  summary: 'Set configuration parameters to the given values',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  history: ['7.0.0 Added the ability to set multiple parameters in one call.'],
  arguments: ['parameter_value(parameter, value)...'],
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run(call) {
    const { args, reply, server, session } = call;
    if (args.count % 2 === 1) throw errors.syntax;
    const changes: [string, string][] = [];
    for (let i = 2; i < args.count; i += 2) changes.push([args.text(i), args.text(i + 1)]);
    const { loading, isLoadingBeside } = server.persistence;
    if ((loading || isLoadingBeside) && changes.some(([name]) => NOT_WHILE_LOADING.has(name.toLowerCase()))) {
      throw errors.loading;
    }
    const mayProtected = isAllowed(server.settings.enableProtectedConfigs, session);
    const mayWait = session.peer.canBlock && !server.dispatcher.isNested;
    let moving: Promise<void> | undefined;
    try {
      moving = server.configuration.set(changes, { mayProtected, mayWait });
    } catch (error) {
      throw asReply(error);
    }
    if (moving === undefined) reply.ok();
    else answerLater(call, moving);
  },
};

/** What is loaded, and where to, depends on them. */
const NOT_WHILE_LOADING: ReadonlySet<string> = new Set(['appendonly', 'repl-diskless-load', 'dir']);

/** The caller waits as if blocked until sockets have moved. */
function answerLater(call: Call, moving: Promise<void>): void {
  const { server, session } = call;
  const done = () => session.reply.ok();
  call.block([], 0, done);
  const failed = (error: unknown) => {
    const reply = asReply(error);
    const { code, message } = reply instanceof CommandError ? reply : new CommandError(`ERR ${String(error)}`);
    server.blocking.unblock(session, () => {
      server.stats.countError(code);
      session.reply.error(message);
    });
  };
  void moving.then(() => server.blocking.unblock(session, done), failed);
}

function asReply(error: unknown): unknown {
  if (error instanceof UnknownDirective) {
    return new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${error.message}'`);
  }
  if (error instanceof RefusedChange) {
    const { directive, message } = error;
    return new CommandError(`ERR CONFIG SET failed (possibly related to argument '${directive}') - ${message}`);
  }
  return error;
}
