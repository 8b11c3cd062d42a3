import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { lookUp } from './lookup.js';

export const idletime: CommandDeclaration = {
  name: 'idletime',
  summary: 'Get the time since a Redis object was last accessed',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { db, reply, server } = call;
    const ref = lookUp(call);
    if (ref === 0) return;
    if (server.settings.maxMemoryPolicy.includes('lfu')) {
      throw new CommandError(
        'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
      );
    }
    reply.integer(server.keyspace.access.idleTime(db.entries, ref) / 1000);
  },
};
