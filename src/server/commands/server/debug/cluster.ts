import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { Call } from '../../call.js';
import { readInteger } from '../../numbers.js';

/** DROP-CLUSTER-PACKET-FILTER type: messages of the type are lost; -1: none. Without a cluster nobody sends any. */
export function dropMessages({ args, reply, server }: Call): void {
  const type = readInteger(args, 2);
  if (server.cluster !== undefined) server.cluster.droppedType = type;
  reply.ok();
}

/** CLUSTERLINK KILL to|from|all node. */
export function endLinks({ args, reply, server }: Call): void {
  if (args.word(2) !== 'kill') throw wrongSubcommand('DEBUG', args.text(1));
  const { cluster } = server;
  if (cluster === undefined) throw new CommandError('ERR Debug option only available for cluster mode enabled setup!');
  const node = cluster.table.find(args.text(4));
  if (node === undefined) throw new CommandError(`ERR Unknown node ${args.text(4)}`);
  const direction = args.word(3);
  if (!['to', 'from', 'all'].includes(direction)) {
    throw new CommandError(`ERR Unknown direction ${args.text(3)}`);
  }
  if (direction !== 'from') node.link?.end();
  if (direction !== 'to') node.inbound?.end();
  reply.ok();
}
