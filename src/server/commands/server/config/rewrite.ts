import { rewriteFile } from '../../../configuration/rewrite.js';
import { CommandError } from '../../../errors.js';
import type { Server } from '../../../server.js';
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
    rewriteConfiguration(server, server.configuration.changed());
    reply.ok();
  },
};

/** Writes the named directives, and those that are there, to the configuration file. */
export function rewriteConfiguration({ configuration, users }: Server, names: string[]): void {
  if (configuration.file === undefined) throw new CommandError('ERR The server is running without a config file');
  try {
    rewriteFile(configuration.file, configuration, configuration.get('aclfile') === '' ? users.lines() : [], names);
  } catch (error) {
    throw new CommandError(`ERR Rewriting config file: ${(error as Error).message}`);
  }
}
