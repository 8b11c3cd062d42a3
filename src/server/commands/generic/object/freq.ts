import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { lookUp } from './lookup.js';

export const freq: CommandDeclaration = {
  name: 'freq',
  summary: 'Get the logarithmic access frequency counter of a Redis object',
  since: '4.0.0',
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
    if (!server.settings.maxMemoryPolicy.includes('lfu')) {
      throw new CommandError(
        'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
      );
    }
    reply.integer(server.keyspace.access.frequency(db.entries, ref));
  },
};
