import { CommandError, errors } from '../../errors.js';
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
    const schedules = args.count === 2 && args.word(1) === 'schedule';
    if (args.count > 1 && !schedules) throw errors.syntax;
    const persistence = saving(server);
    if (persistence.isSaving) throw alreadySaving;
    if (!server.dispatcher.isNested && !server.appendOnlyFile.rewrite.isRunning) {
      void persistence.saveInBackground();
      reply.simple('Background saving started');
    } else if (server.dispatcher.isNested || schedules) {
      persistence.isScheduled = true;
      reply.simple('Background saving scheduled');
    } else throw rewriteRuns;
  },
};

const rewriteRuns = new CommandError(
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
);
