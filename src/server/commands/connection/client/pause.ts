import { CommandError, errors, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const pause: CommandDeclaration = {
  name: 'pause',
  summary: 'Stop processing commands from clients for some time',
  since: '2.9.50',
  group: 'connection',
  complexity: 'O(1)',
  history: ['6.2.0 `CLIENT PAUSE WRITE` mode added along with the `mode` option.'],
  arguments: ['timeout:integer', '[mode(WRITE | ALL)@6.2.0]'],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    if (args.count > 4) throw wrongSubcommand('CLIENT', args.text(1));
    const mode = args.count === 4 ? args.word(3) : 'all';
    if (mode !== 'all' && mode !== 'write') {
      throw new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL');
    }
    const timeout = readInteger(args, 2, NOT_INTEGER);
    if (timeout < 0) throw errors.timeoutNegative;
    server.pause.begin(mode, timeout);
    reply.ok();
  },
};

const NOT_INTEGER = new CommandError('ERR timeout is not an integer or out of range');
