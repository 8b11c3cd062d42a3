import { systemReason } from '../../../../core/system-reason.js';
import { saveFile } from '../../../access/acl-file.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { requireAclFile } from './acl-file-path.js';

export const save: CommandDeclaration = {
  name: 'save',
  summary: 'Save the current ACL rules in the configured ACL file',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of configured users.',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    try {
      saveFile(server.users, requireAclFile(server));
    } catch (error) {
      if (error instanceof CommandError) throw error;
      server.log('warning', `Writing ACL file for ACL SAVE: ${systemReason(error)}`);
      throw new CommandError(
        'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
      );
    }
    reply.ok();
  },
};
