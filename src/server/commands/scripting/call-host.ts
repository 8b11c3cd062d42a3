import type { Args } from '../../../resp/args.js';
import { ReplyBuilder } from '../../../resp/builder.js';
import type { Reply } from '../../../resp/reply.js';
import { denialInScript } from '../../access/denial.js';
import { logDenial } from '../../access/log-denial.js';
import { ScriptRoute } from '../../cluster/script-route.js';
import { CommandError, errors, writeFailed } from '../../errors.js';
import type { ScriptHost } from '../../scripting/redis-library.js';
import type { Server } from '../../server.js';
import type { LogLevel } from '../../server-options.js';
import type { RunningScript } from '../../session/busy.js';
import { isStale } from '../../session/refuse-on-replica.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';

export interface ScriptLimits {
  readonly readOnly: boolean;
  readonly allowOom: boolean;
  /** In a cluster, its keys may be of several slots. */
  readonly crossesSlots: boolean;
}

/** What the script reaches: the commands, as its caller. */
export class CallHost implements ScriptHost {
  private readonly builder = new ReplyBuilder(2);
  private readonly server: Server;
  private readonly readOnly: boolean;
  private readonly outOfMemory: boolean;
  private readonly route: ScriptRoute | undefined;

  constructor(
    private readonly outer: Call,
    private readonly script: RunningScript,
    { readOnly, allowOom, crossesSlots }: ScriptLimits,
  ) {
    this.server = outer.server;
    const { cluster } = this.server;
    this.route = cluster && new ScriptRoute(cluster, outer, crossesSlots);
    this.readOnly = readOnly;
    this.outOfMemory = !allowOom && this.server.isOutOfMemory;
  }

  call(args: Args, resp: 2 | 3): Reply {
    const { server, outer, builder } = this;
    const command = server.commands.find(args);
    const refusal = this.refuse(command, args);
    if (refusal) {
      server.stats.rejected(command);
      server.stats.countError(refusal.code);
      return refusal;
    }
    if (command!.flags.includes('write')) this.script.hasWritten = true;
    builder.protocol = resp;
    server.dispatcher.execute(outer.session, command!, args, builder);
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
    if (command.flags.includes('noscript') && !this.server.allowAllInScripts) return NOT_ALLOWED;
    const denied = this.outer.session.user.unrestricted ? undefined : this.deny(command, args);
    if (denied !== undefined) return denied;
    if (
      this.readOnly &&
      (command.flags.includes('write') || command.name === 'publish' || command.name === 'spublish')
    ) {
      return WRITE_NOT_ALLOWED;
    }
    const refused = command.flags.includes('write') && !this.script.hasWritten ? this.refuseWrite() : undefined;
    if (refused !== undefined) return refused;
    if (isStale(this.server) && !command.flags.includes('stale')) return IS_STALE;
    if (this.outOfMemory && !this.script.hasWritten && command.flags.includes('denyoom')) return errors.oom;
    return this.outer.session.isPrimary ? undefined : this.route?.refuse(command, args);
  }

  /** A script that has written goes on: it could not be half undone. */
  private refuseWrite(): CommandError | undefined {
    const { replication, settings, persistence, appendOnlyFile } = this.server;
    if (replication.isReplica && settings.replicaReadOnly && !this.outer.session.isPrimary) return errors.readOnly;
    if (persistence.refusesWrites) return errors.cannotSave;
    if (appendOnlyFile.appender.failure !== undefined) return writeFailed(appendOnlyFile.appender.failure);
    return replication.lacksReplicas ? errors.noReplicas : undefined;
  }

  private deny(command: CommandDeclaration, args: Args): CommandError | undefined {
    const denial = this.server.users.permissions.denial(this.outer.session.user, command, args);
    if (denial === undefined) return undefined;
    logDenial(this.outer, denial, 'lua', { command, args });
    return new CommandError(denialInScript(denial));
  }
}

const UNKNOWN = new CommandError('ERR Unknown Redis command called from script');
const WRONG_ARITY = new CommandError('ERR Wrong number of args calling Redis command from script');
const NOT_ALLOWED = new CommandError('ERR This Redis command is not allowed from script');
const WRITE_NOT_ALLOWED = new CommandError('ERR Write commands are not allowed from read-only scripts.');
const IS_STALE = new CommandError('ERR Can not execute the command on a stale replica');
const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
