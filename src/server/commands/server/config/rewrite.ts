import { systemReason } from '../../../../core/system-reason.js';
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
    rewriteConfiguration(server);
    reply.ok();
  },
};

/** Writes what differs from the defaults to the configuration file, or `all`. */
export function rewriteConfiguration({ configuration, users }: Server, all = false): void {
  const { file } = configuration;
  if (file === undefined) throw new CommandError('ERR The server is running without a config file');
  const own = configuration.get('aclfile') === '' ? users.lines() : [];
  const userLines = own.map((line) => ({ name: 'user', value: line.replace(/^user /, ''), isNeeded: true }));
  try {
    rewriteFile(file, [...configuration.fileLines(all), ...userLines], configuration);
  } catch (error) {
    throw new CommandError(`ERR Rewriting config file: ${systemReason(error)}`);
  }
}
