import { CommandError, errors, notInCluster } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const swapdb: CommandDeclaration = {
  name: 'swapdb',
  summary: 'Swaps two Redis databases',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the count of clients watching or blocking on keys from both databases.',
  arguments: ['index1:integer', 'index2:integer'],
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  run(call) {
    const { args, server, reply } = call;
    if (server.cluster !== undefined) throw notInCluster('SWAPDB is');
    const first = readInteger(args, 1, invalidFirst);
    const second = readInteger(args, 2, invalidSecond);
    const count = server.keyspace.databases.length;
    if (first < 0 || second < 0 || first >= count || second >= count) throw errors.dbIndex;
    if (first !== second) server.keyspace.swap(first, second);
    call.dirty++;
    reply.ok();
  },
};

const invalidFirst = new CommandError('ERR invalid first DB index');
const invalidSecond = new CommandError('ERR invalid second DB index');
