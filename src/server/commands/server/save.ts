import { CommandError } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { alreadySaving, saving } from './saving.js';

export const save: CommandDeclaration = {
  name: 'save',
  summary: 'Synchronously save the dataset to disk',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) where N is the total number of keys in all databases',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run({ reply, server }) {
    if (saving(server).isSaving) throw alreadySaving;
    server.persistence.saves++;
    if (!server.persistence.saveNow()) throw failed;
    reply.ok();
  },
};

const failed = new CommandError('ERR');
