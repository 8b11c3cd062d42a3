import type { Cluster } from '../../cluster/cluster.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';

/** A handler for a node of a cluster; a server that is none answers so to all that concerns clusters, HELP included. */
export function inCluster(run: (call: Call, cluster: Cluster) => void): (call: Call) => void {
  return (call) => {
    const { cluster } = call.server;
    if (cluster === undefined) throw new CommandError('ERR This instance has cluster support disabled');
    run(call, cluster);
  };
}
