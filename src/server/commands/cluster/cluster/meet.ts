import { isIP } from 'node:net';
import { BUS_PORT_OFFSET } from '../../../cluster/cluster.js';
import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';
import { inCluster } from '../in-cluster.js';

export const meet: CommandDeclaration = {
  name: 'meet',
  summary: 'Force a node cluster to handshake with another node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  history: ['4.0.0 Added the optional `cluster_bus_port` argument.'],
  arguments: ['ip', 'port:integer', '[cluster_bus_port:integer@4.0.0]'],
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ args, reply }, cluster) => {
    if (args.count > 5) throw wrongSubcommand('CLUSTER', args.text(1));
    const port = readInteger(args, 3, new CommandError(`ERR Invalid TCP base port specified: ${args.text(3)}`));
    const badBusPort = () => new CommandError(`ERR Invalid TCP bus port specified: ${args.text(4)}`);
    const busPort = args.count === 5 ? readInteger(args, 4, badBusPort()) : port + BUS_PORT_OFFSET;
    if (!isPort(port) || !isPort(busPort) || isIP(args.text(2)) === 0) {
      throw new CommandError(`ERR Invalid node address specified: ${args.text(2)}:${args.text(3)}`);
    }
    cluster.meet(args.text(2), port, busPort);
    reply.ok();
  }),
};

function isPort(port: number): boolean {
  return port > 0 && port <= 65_535;
}
