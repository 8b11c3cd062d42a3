import type { CommandDeclaration } from '../command.js';
import { notAvailable } from './not-available.js';

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
  run() {
    throw notAvailable('persistence');
  },
};
