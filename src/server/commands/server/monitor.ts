import { CommandError } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';

export const monitor: CommandDeclaration = {
  name: 'monitor',
  summary: 'Listen for all requests received by the server in real time',
  since: '1.0.0',
  group: 'server',
  complexity: '',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server, session }) {
    if (server.dispatcher.isNested) throw new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");
    // One that monitors already is not even answered.
    if (session.monitoring) return;
    server.monitors.add(session);
    reply.ok();
  },
};
