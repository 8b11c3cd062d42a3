import type { Cluster } from '../../cluster/cluster.js';
import { MessageType } from '../../cluster/messages.js';
import { CommandError, errors, wrongSubcommand } from '../../errors.js';
import type { Call } from '../call.js';

/**
 * CLUSTER FAILOVER, sent to a replica: with its primary's help; FORCE without it, by the votes of the others; TAKEOVER
 * without anybody's.
 */
export function failOver({ args, reply, server }: Call, cluster: Cluster): void {
  if (args.count > 3) throw wrongSubcommand('CLUSTER', args.text(1));
  const how = args.count === 3 ? args.word(2) : 'agreed';
  if (args.count === 3 && how !== 'force' && how !== 'takeover') throw errors.syntax;
  const { myself, handover, table, bus } = cluster;
  const { primary } = myself;
  if (myself.isPrimary) throw new CommandError('ERR You should send CLUSTER FAILOVER to a replica');
  if (primary === undefined) throw new CommandError("ERR I'm a replica but my master is unknown to me");
  if (how === 'agreed' && (primary.hasFailed || primary.link === undefined)) {
    throw new CommandError('ERR Master is down or failed, please use CLUSTER FAILOVER FORCE');
  }
  if (how === 'takeover') {
    server.log('warning', 'Taking over the master (user request).');
    handover.end();
    table.bumpEpoch();
    cluster.takeOver();
  } else if (how === 'force') {
    server.log('warning', 'Forced failover user request accepted.');
    handover.begin(true);
    cluster.later({ failover: true });
  } else {
    server.log('warning', 'Manual failover user request accepted.');
    handover.begin(false);
    bus.send(primary.link, { type: MessageType.handOver });
  }
  reply.ok();
}
