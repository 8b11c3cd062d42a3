import { CommandError } from '../../errors.js';

/** What a server that is no part of a cluster answers to all that concerns clusters, HELP included. */
export function needsCluster(): never {
  throw new CommandError('ERR This instance has cluster support disabled');
}
