import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { validName } from '../client-name.js';

/** Of Redis 7.2: client libraries say who they are without asking for the version. */
export const setinfo: CommandDeclaration = {
  name: 'setinfo',
  summary: 'Sets information specific to the client or connection.',
  since: '7.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['attr(LIB-NAME libname | LIB-VER libver)'],
  arity: 4,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, session }) {
    const option = args.word(2);
    if (option === 'lib-name') session.libName = validName(args.text(3), 'lib-name');
    else if (option === 'lib-ver') session.libVersion = validName(args.text(3), 'lib-ver');
    else throw new CommandError(`ERR Unrecognized option '${args.text(2)}'`);
    reply.ok();
  },
};
