import { rewriteFile } from '../../../configuration/rewrite.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const rewrite: CommandDeclaration = {
  name: 'rewrite',
  summary: 'Rewrite the configuration file with the in memory configuration',
  since: '2.8.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    const { configuration } = server;
    if (configuration.file === undefined) throw new CommandError('ERR The server is running without a config file');
    try {
      rewriteFile(configuration.file, configuration, configuration.get('aclfile') === '' ? server.users.lines() : []);
    } catch (error) {
      throw new CommandError(`ERR Rewriting config file: ${(error as Error).message}`);
    }
    reply.ok();
  },
};
