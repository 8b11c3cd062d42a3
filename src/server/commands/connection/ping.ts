import { wrongArity } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';

export const ping: CommandDeclaration = {
  name: 'ping',
  summary: 'Ping the server',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['[message]'],
  arity: -1,
  flags: ['fast'],
  run({ args, reply, session }) {
    if (args.count > 2) throw wrongArity('ping');
    if (session.subscriptions > 0 && reply.protocol === 2) {
      reply.array(2);
      reply.bulk('pong');
      reply.bulk(args.count === 2 ? args.text(1) : '');
    } else if (args.count === 1) reply.simple('PONG');
    else reply.bulkBytes(args.view(1));
  },
};
