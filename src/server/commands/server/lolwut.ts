import { REDIS_VERSION } from '../../version.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

/** Without the drawings of versions 5 and 6: as Redis answers for a version that has none. */
export const lolwut: CommandDeclaration = {
  name: 'lolwut',
  summary: 'Display some computer art and the Redis version',
  since: '5.0.0',
  group: 'server',
  complexity: '',
  arguments: ['[VERSION version:integer]'],
  arity: -1,
  flags: ['readonly', 'fast'],
  run({ args, reply }) {
    if (args.count > 2 && args.word(1) === 'version') readInteger(args, 2);
    reply.verbatim('txt', `Redis ver. ${REDIS_VERSION}\n`);
  },
};
