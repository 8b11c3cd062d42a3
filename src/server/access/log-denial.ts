import type { Args } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';
import { clientLine } from '../commands/connection/client/client-line.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import type { AclEvent } from './acl-log.js';
import type { Denial } from './denial.js';

/** A command and who sent it, whether or not it runs. */
export interface Attempt {
  readonly server: Server;
  readonly session: Session;
  readonly command: CommandDeclaration;
  readonly args: Args;
}

/** Tells ACL LOG; `attempt` is what the client sent, for a script's command the script. */
export function logEvent(attempt: Attempt, event: AclEvent): void {
  const { server, session } = attempt;
  const { now } = server.keyspace;
  const line = clientLine({ ...pick(attempt), now }, session);
  server.users.log.add(event, line.trimEnd(), now);
}

export function logDenial(
  attempt: Attempt,
  denial: Denial,
  context: AclEvent['context'],
  { command, args }: Pick<Attempt, 'command' | 'args'> = attempt,
): void {
  const { reason, place } = denial;
  const object = reason === 'command' ? attempt.server.commands.fullName(command) : args.text(place);
  logEvent(attempt, { reason, context, object, user: attempt.session.user.name });
}

function pick({ server, session, command, args }: Attempt): Attempt {
  return { server, session, command, args };
}
