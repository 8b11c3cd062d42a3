import type { Args } from '../../resp/args.js';
import type { ReplyError } from '../../resp/reply.js';
import { DeniedError } from '../access/denial.js';
import { refuseProtected } from '../access/protected-commands.js';
import { refuseByRoute } from '../cluster/routing.js';
import type { CommandDeclaration, CommandFlag } from '../commands/command.js';
import { CommandError, errors, writeFailed, wrongArity } from '../errors.js';
import type { Persistence } from '../persistence/persistence.js';
import type { Server } from '../server.js';
import { actualFlags } from './actual-flags.js';
import { mayWrite } from './pause.js';
import { refuseOnReplica } from './refuse-on-replica.js';
import type { Session } from './session.js';

/**
 * What stands against running a command, nearly in the order in which Redis asks: that there is none such, its arity, the
 * session's rights, the cluster's slots, memory, the session's context, the replica's, the files', a script that runs, and
 * replicas that are missing.
 */
export class Refusals {
  private readonly runSubscribed: ReadonlySet<CommandDeclaration | undefined>;

  constructor(private readonly server: Server) {
    this.runSubscribed = new Set(RUN_SUBSCRIBED.map((name) => server.commands.get(name)));
  }

  /** Why the command may not run now; undefined when it may. */
  find(session: Session, command: CommandDeclaration | undefined, args: Args): ReplyError | undefined {
    if (command?.run === undefined || (command.subcommands && args.count > 1)) return unknownCommand(command, args);
    if (command.arity > 0 ? args.count !== command.arity : args.count < -command.arity) {
      return wrongArity(this.server.commands.fullName(command));
    }
    if (session.isPrimary) return undefined;
    if (!session.plain) {
      const refusal = this.refuseByRights(session, command, args);
      if (refusal) return refusal;
    }
    const { dispatcher, settings, replication, persistence, appendOnlyFile, cluster } = this.server;
    if (cluster !== undefined) {
      const refusal = refuseByRoute(cluster, session, command, args);
      if (refusal) return refusal;
    }
    if (settings.maxMemory > 0 && dispatcher.script === undefined) {
      const refusal = this.refuseForMemory(session, command, args);
      if (refusal) return refusal;
    }
    if (!session.plain) {
      const refusal = this.refuseByContext(session, command, args);
      if (refusal) return refusal;
    }
    if (replication.isReplica) {
      const refusal = refuseOnReplica(this.server, session, command, args);
      if (refusal) return refusal;
    }
    if (persistence.isTroubled) {
      const refusal = refuseForFiles(persistence, command, actualFlags(this.server, command, args));
      if (refusal) return refusal;
    }
    if (dispatcher.script !== undefined)
      return command.flags.includes('allow_busy') ? undefined : dispatcher.script.busy;
    if (settings.minReplicas === 0 && appendOnlyFile.appender.failure === undefined) return undefined;
    if (!actualFlags(this.server, command, args).includes('write') && command.name !== 'ping') return undefined;
    if (appendOnlyFile.appender.failure !== undefined) return writeFailed(appendOnlyFile.appender.failure);
    return replication.lacksReplicas && command.name !== 'ping' ? errors.noReplicas : undefined;
  }

  /** Makes room first. A transaction's queue would take more memory, whatever is in it. */
  private refuseForMemory(session: Session, command: CommandDeclaration, args: Args): ReplyError | undefined {
    if (this.server.eviction.makeRoom()) return undefined;
    const queues = session.transaction !== undefined && !TAKE_NO_MEMORY.has(command.name);
    return queues || actualFlags(this.server, command, args).includes('denyoom') ? errors.oom : undefined;
  }

  private refuseByRights(session: Session, command: CommandDeclaration, args: Args): ReplyError | undefined {
    const isProtected = refuseProtected(this.server, session, command);
    if (isProtected) return isProtected;
    if (session.mustLogIn && !command.flags.includes('no_auth')) return errors.noAuth;
    if (session.transaction && command.flags.includes('no_multi')) {
      return new CommandError(`ERR Command not allowed inside a transaction`);
    }
    const denial = this.server.users.permissions.denial(session.user, command, args);
    return denial && new DeniedError(denial, this.server.commands.fullName(command));
  }

  /** Subscribers of RESP2, and those to whom the connection is a stream. */
  private refuseByContext(session: Session, command: CommandDeclaration, args: Args): ReplyError | undefined {
    if (session.subscriptions > 0 && session.reply.protocol === 2 && !this.runSubscribed.has(command)) {
      return new CommandError(
        `ERR Can't execute '${this.server.commands.fullName(command)}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    const isStream = session.monitoring || session.replica?.isAttached === true;
    if (isStream && (command.flags.includes('readonly') || mayWrite(this.server, command, args))) {
      return new CommandError("ERR Replica can't interact with the keyspace");
    }
    return undefined;
  }
}

const RUN_SUBSCRIBED = [
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'ping',
  'quit',
  'reset',
];

/** End a transaction. MULTI and WATCH, which are not queued either, are refused as if they were. */
const TAKE_NO_MEMORY: ReadonlySet<string> = new Set(['exec', 'discard', 'quit', 'reset']);

/** While the data is loaded, or cannot be saved. */
function refuseForFiles(
  persistence: Persistence,
  command: CommandDeclaration,
  flags: readonly CommandFlag[],
): ReplyError | undefined {
  if (persistence.loading) return flags.includes('loading') ? undefined : errors.loading;
  if (persistence.isLoadingBeside && flags.includes('no_async_loading')) return errors.loading;
  const refused = flags.includes('write') || command.name === 'ping';
  return refused && persistence.refusesWrites ? errors.cannotSave : undefined;
}

function unknownCommand(container: CommandDeclaration | undefined, args: Args): CommandError {
  const shown = (i: number) => args.text(i).slice(0, 128);
  if (container) {
    if (args.count === 1) return wrongArity(container.name);
    return new CommandError(`ERR unknown subcommand '${shown(1)}'. Try ${container.name.toUpperCase()} HELP.`);
  }
  let words = '';
  for (let i = 1; i < args.count && words.length < 128; i++) words += `'${args.text(i).slice(0, 128 - words.length)}' `;
  return new CommandError(`ERR unknown command '${shown(0)}', with args beginning with: ${words}`);
}
