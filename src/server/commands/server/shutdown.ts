import { CommandError, errors } from '../../errors.js';
import { readShutdownOptions, shutdownFailed } from '../../shutdown.js';
import type { CommandDeclaration } from '../command.js';

/** Ends the server without a reply, as Redis does. */
export const shutdown: CommandDeclaration = {
  name: 'shutdown',
  summary: 'Synchronously save the dataset to disk and then shut down the server',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)',
  history: ['7.0.0 Added the `NOW`, `FORCE` and `ABORT` modifiers.'],
  arguments: ['[nosave_save(NOSAVE | SAVE)]', '[NOW@7.0.0]', '[FORCE@7.0.0]', '[ABORT@7.0.0]'],
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  run(call) {
    const { args, reply, server, session } = call;
    const options = new Set(args.texts(1).map((word) => word.toLowerCase()));
    for (const option of options) if (!OPTIONS.has(option)) throw errors.syntax;
    if (options.has('save') && options.has('nosave')) throw errors.syntax;
    if (options.has('abort')) {
      if (options.size > 1) throw errors.syntax;
      if (!server.shutdowns.abort()) throw new CommandError('ERR No shutdown in progress.');
      reply.ok();
      return;
    }
    const { script } = server.dispatcher;
    if (script !== undefined && !options.has('nosave')) throw script.busy;
    if (session.peer.socket === undefined)
      throw new CommandError('ERR SHUTDOWN is not for callers in the same process');
    // A script that goes on would keep the replicas from catching up.
    if (script !== undefined) options.add('now');
    const outcome = server.shutdowns.begin(readShutdownOptions(options));
    if (outcome === 'failed') throw shutdownFailed;
    if (outcome === 'waits' && call.block([], 0, () => server.dispatcher.fail(session.reply, shutdownFailed))) {
      server.shutdowns.await(session);
    }
  },
};

const OPTIONS: ReadonlySet<string> = new Set(['save', 'nosave', 'now', 'force', 'abort']);
