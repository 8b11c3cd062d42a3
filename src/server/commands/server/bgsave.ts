import { errors } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { alreadySaving, saving } from './saving.js';

export const bgsave: CommandDeclaration = {
  name: 'bgsave',
  summary: 'Asynchronously save the dataset to disk',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  history: ['3.2.2 Added the `SCHEDULE` option.'],
  arguments: ['[SCHEDULE@3.2.2]'],
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run({ args, reply, server }) {
    if (args.count > 2 || (args.count === 2 && args.word(1) !== 'schedule')) throw errors.syntax;
    const persistence = saving(server);
    if (persistence.isSaving) throw alreadySaving;
    persistence.saveInBackground();
    reply.simple('Background saving started');
  },
};
