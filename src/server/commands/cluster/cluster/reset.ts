import { CommandError, errors, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const reset: CommandDeclaration = {
  name: 'reset',
  summary: 'Reset a Redis Cluster node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.',
  arguments: ['[hard_soft(HARD | SOFT)]'],
  arity: -2,
  flags: ['admin', 'noscript', 'stale'],
  run: inCluster(({ args, reply, server }, cluster) => {
    const how = args.count > 2 ? args.word(2) : 'soft';
    if (args.count > 3) throw wrongSubcommand('CLUSTER', args.text(1));
    if (how !== 'hard' && how !== 'soft') throw errors.syntax;
    if (cluster.myself.isPrimary && server.keyspace.databases[0]!.size > 0) {
      throw new CommandError("ERR CLUSTER RESET can't be called with master nodes containing keys");
    }
    cluster.reset(how === 'hard');
    reply.ok();
  }),
};
