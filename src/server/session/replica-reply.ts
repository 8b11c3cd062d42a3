import type { Server } from '../server.js';
import type { Session } from './session.js';

/** What the log says of a reply to a replica, which is told effects and nothing else. */
export function logReplicaReply({ log, commands }: Server, { lastCommand, replica }: Session, reply: Buffer): void {
  const command = lastCommand === undefined ? 'NULL' : commands.fullName(lastCommand);
  if (reply[0] === 0x2d) {
    const text = `'${reply.latin1Slice(1).trimEnd()}' after processing the command '${command}'`;
    log('warning', `== CRITICAL == This master is sending an error to its replica: ${text}`);
  }
  log('warning', `Replica generated a reply to command '${command}', disconnecting it: ${replica?.name ?? ''}`);
}
