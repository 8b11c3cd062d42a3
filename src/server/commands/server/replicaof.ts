import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { notAvailable } from './not-available.js';

export const replicaof: CommandDeclaration = {
  name: 'replicaof',
  summary: 'Make the server a replica of another instance, or promote it as master.',
  since: '5.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['args(host-port(host, port:integer) | no-one(NO, ONE))'],
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  run: (call) => follow(call),
};

/** This server is nobody's replica, so NO ONE is true already, unless one of its own has taken over. */
export function follow({ args, reply, server }: Call): void {
  const { replication } = server;
  if (replication.failover.state !== 'no-failover') throw FAILING_OVER;
  if (args.word(1) !== 'no' || args.word(2) !== 'one') throw notAvailable('replication');
  replication.beginAnew();
  reply.ok();
}

const FAILING_OVER = new CommandError('ERR REPLICAOF not allowed while failing over.');
