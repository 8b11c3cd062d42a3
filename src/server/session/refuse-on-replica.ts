import type { ReplyError } from '../../resp/reply.js';
import type { CommandDeclaration } from '../commands/command.js';
import { errors } from '../errors.js';
import type { Server } from '../server.js';
import type { Session } from './session.js';

/** Why a client's command may not run on a replica; EXEC may not where one of its commands may not. */
export function refuseOnReplica(server: Server, session: Session, command: CommandDeclaration): ReplyError | undefined {
  const { settings } = server;
  if (settings.replicaReadOnly && some(server, session, command, ({ flags }) => flags.includes('write'))) {
    return errors.readOnly;
  }
  if (isStale(server) && some(server, session, command, ({ flags }) => !flags.includes('stale'))) {
    return errors.primaryDown;
  }
  return undefined;
}

/** The data is old, and must not be shown. */
export function isStale({ settings, replication }: Server): boolean {
  return replication.isReplica && !settings.serveStaleData && replication.following.state !== 'connected';
}

function some(
  server: Server,
  session: Session,
  command: CommandDeclaration,
  is: (command: CommandDeclaration) => boolean,
): boolean {
  if (is(command)) return true;
  const queue = command.name === 'exec' ? (session.transaction?.queue ?? []) : [];
  return queue.some((args) => {
    const queued = server.commands.find(args);
    return queued !== undefined && is(queued);
  });
}
