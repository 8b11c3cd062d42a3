import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { clientLine } from '../connection/client/client-line.js';
import { readInteger } from '../numbers.js';

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

export function follow(call: Call): void {
  const { args, reply, server, session } = call;
  if (server.cluster !== undefined) throw IN_CLUSTER;
  if (server.replication.failover.state !== 'no-failover') throw FAILING_OVER;
  if (args.word(1) === 'no' && args.word(2) === 'one') {
    if (server.replication.isReplica) promote(call);
    reply.ok();
    return;
  }
  // To Redis, who monitors is a replica of a kind.
  if (session.replica?.isAttached || session.monitoring) throw IS_REPLICA;
  const port = readInteger(args, 2, INVALID_PORT);
  if (port < 0 || port > 65_535) throw INVALID_PORT;
  const primary = `${args.text(1)} ${port}`;
  if (server.replication.isReplica && server.settings.primary.toLowerCase() === primary.toLowerCase()) {
    reply.simple('OK Already connected to specified master');
    return;
  }
  server.settings.primary = primary;
  server.replication.following.follow();
  server.log('notice', `REPLICAOF ${primary.replace(' ', ':')} enabled (user request from '${shown(call)}')`);
  reply.ok();
}

function promote(call: Call): void {
  const { server } = call;
  server.settings.primary = '';
  server.replication.following.promote();
  server.log('notice', `MASTER MODE enabled (user request from '${shown(call)}')`);
}

function shown(call: Call): string {
  return clientLine(call, call.session).trimEnd();
}

const IN_CLUSTER = new CommandError('ERR REPLICAOF not allowed in cluster mode.');
const FAILING_OVER = new CommandError('ERR REPLICAOF not allowed while failing over.');
const IS_REPLICA = new CommandError('ERR Command is not valid when client is a replica.');
const INVALID_PORT = new CommandError('ERR Invalid master port');
