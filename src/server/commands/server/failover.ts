import { CommandError, errors } from '../../errors.js';
import type { Address } from '../../replication/failover.js';
import type { Server } from '../../server.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const failover: CommandDeclaration = {
  name: 'failover',
  summary: 'Start a coordinated failover between this server and one of its replicas.',
  since: '6.2.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['[TO target(host, port:integer, [FORCE])]', '[ABORT]', '[TIMEOUT milliseconds:integer]'],
  arity: -1,
  flags: ['admin', 'noscript', 'stale'],
  run(call) {
    const { args, reply, server } = call;
    const { failover } = server.replication;
    if (server.cluster !== undefined)
      throw new CommandError('ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.');
    if (args.count === 2 && args.word(1) === 'abort') {
      if (failover.state === 'no-failover') throw new CommandError('ERR No failover in progress.');
      failover.abort('Failover manually aborted');
    } else {
      const { target, timeout, force } = readOptions(call);
      refuse(server);
      if (force && (timeout === 0 || target === undefined)) {
        throw new CommandError('ERR FAILOVER with force option requires both a timeout and target HOST and IP.');
      }
      if (target !== undefined) refuseTarget(server, target);
      failover.begin(target, timeout, force);
    }
    reply.ok();
  },
};

interface Options {
  readonly target: Address | undefined;
  readonly timeout: number;
  readonly force: boolean;
}

function readOptions({ args }: Call): Options {
  let target: Address | undefined;
  let timeout = 0;
  let force = false;
  for (let i = 1; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'timeout' && i + 1 < args.count && timeout === 0) {
      timeout = readInteger(args, ++i);
      if (timeout <= 0) throw new CommandError('ERR FAILOVER timeout must be greater than 0');
    } else if (word === 'to' && i + 2 < args.count && target === undefined) {
      target = { host: args.text(i + 1), port: readInteger(args, i + 2) };
      i += 2;
    } else if (word === 'force' && !force) force = true;
    else throw errors.syntax;
  }
  return { target, timeout, force };
}

function refuse({ replication }: Server): void {
  const { failover, replicas } = replication;
  if (failover.state !== 'no-failover') throw new CommandError('ERR FAILOVER already in progress.');
  if (replication.isReplica) {
    throw new CommandError('ERR FAILOVER is not valid when server is a replica.');
  }
  if (replicas.size === 0) throw new CommandError('ERR FAILOVER requires connected replicas.');
}

function refuseTarget({ replication }: Server, target: Address): void {
  const replica = replication.failover.find(target);
  if (replica === undefined) throw new CommandError('ERR FAILOVER target HOST and PORT is not a replica.');
  if (replica.state !== 'online') throw new CommandError('ERR FAILOVER target replica is not online.');
}
