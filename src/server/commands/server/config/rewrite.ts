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

/** Writes what differs from the defaults to the configuration file, or `all`; with `isDurable` through to the disk. */
export function rewriteConfiguration(
  { configuration, users, sentinel }: Server,
  { all = false, isDurable = false }: { readonly all?: boolean; readonly isDurable?: boolean } = {},
): void {
  const { file } = configuration;
  if (file === undefined) throw new CommandError('ERR The server is running without a config file');
  const own = configuration.get('aclfile') === '' ? users.lines() : [];
  const userLines = own.map((line) => ({ name: 'user', value: line.replace(/^user /, ''), isNeeded: true }));
  try {
    // A sentinel has no data to save.
    const lines = configuration.fileLines(all).filter(({ name }) => sentinel === undefined || name !== 'save');
    const sentinelLines = sentinel?.fileLines() ?? [];
    rewriteFile(file, [...lines, ...userLines, ...sentinelLines], configuration, isDurable);
  } catch (error) {
    throw new CommandError(`ERR Rewriting config file: ${systemReason(error)}`);
  }
}
