import { loadFile } from '../../../access/acl-file.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { requireAclFile } from './acl-file-path.js';

export const load: CommandDeclaration = {
  name: 'load',
  summary: 'Reload the ACLs from the configured ACL file',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of configured users.',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server, session }) {
    const problems = loadFile(server.users, requireAclFile(server), session);
    if (problems !== undefined) throw new CommandError(`ERR ${problems}`);
    reply.ok();
  },
};
