import type { CommandDeclaration } from '../command.js';

/** Before the first save: when the server started. */
export const lastsave: CommandDeclaration = {
  name: 'lastsave',
  summary: 'Get the UNIX time stamp of the last successful save to disk',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  run({ reply, server }) {
    reply.integer(server.persistence.lastSave);
  },
};
