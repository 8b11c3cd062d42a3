import type { Args } from '../../resp/args.js';
import type { ReplyError } from '../../resp/reply.js';
import type { CommandDeclaration, CommandFlag } from '../commands/command.js';
import { errors } from '../errors.js';
import type { Server } from '../server.js';
import { actualFlags } from './actual-flags.js';
import type { Session } from './session.js';

/** Why a client's command may not run on a replica; EXEC may not where one of its commands may not. */
export function refuseOnReplica(
  server: Server,
  session: Session,
  command: CommandDeclaration,
  args: Args,
): ReplyError | undefined {
  const { replicaReadOnly } = server.settings;
  if (!replicaReadOnly && !isStale(server)) return undefined;
  const all = [actualFlags(server, command, args), ...(command.name === 'exec' ? queuedFlags(server, session) : [])];
  if (replicaReadOnly && all.some((flags) => flags.includes('write'))) return errors.readOnly;
  if (isStale(server) && all.some((flags) => !flags.includes('stale'))) return errors.primaryDown;
  return undefined;
}

/** The data is old, and must not be shown. */
export function isStale({ settings, replication }: Server): boolean {
  return replication.isReplica && !settings.serveStaleData && replication.following.state !== 'connected';
}

function queuedFlags(server: Server, session: Session): (readonly CommandFlag[])[] {
  return (session.transaction?.queue ?? []).map((args) => {
    const queued = server.commands.find(args);
    return queued === undefined ? UNKNOWN : actualFlags(server, queued, args);
  });
}

/** It fails by itself. */
const UNKNOWN: readonly CommandFlag[] = ['stale'];
