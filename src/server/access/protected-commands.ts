import type { CommandDeclaration } from '../commands/command.js';
import { CommandError } from '../errors.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import type { Protection } from '../settings.js';

/**
 * Commands that the configuration has to allow whoever sends them, `enable-debug-command` and
 * `enable-module-command`; looked at before anything else, even before AUTH.
 */
export function refuseProtected(
  { settings }: Server,
  session: Session,
  command: CommandDeclaration,
): CommandError | undefined {
  const { protectedBy } = command;
  if (protectedBy === undefined || isAllowed(settings[protectedBy], session)) return undefined;
  return NOT_ALLOWED[protectedBy];
}

export function isAllowed(protection: Protection, session: Session): boolean {
  return protection === 'yes' || (protection === 'local' && LOCAL.test(session.peer.address));
}

/** This machine, a unix socket, or the program itself. */
const LOCAL = /^(?:127\.|\[::1\]|\[::ffff:127\.|\/|local$)/;

const NOT_ALLOWED = {
  enableDebug: notAllowed('DEBUG', 'enable-debug-command'),
  enableModule: notAllowed('MODULE', 'enable-module-command'),
};

function notAllowed(command: string, directive: string): CommandError {
  return new CommandError(
    `ERR ${command} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`,
  );
}
