import { CommandError } from '../../../errors.js';
import type { Server } from '../../../server.js';

/** What `aclfile` names; an error where it names nothing. */
export function requireAclFile({ configuration }: Server): string {
  const file = configuration.get('aclfile') ?? '';
  if (file === '') {
    throw new CommandError(
      'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.',
    );
  }
  return file;
}
