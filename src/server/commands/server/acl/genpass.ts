import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const genpass: CommandDeclaration = {
  name: 'genpass',
  summary: 'Generate a pseudorandom secure password to use for ACL users',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['[bits:integer]'],
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    if (args.count > 3) throw wrongSubcommand('ACL', args.text(1));
    const bits = args.count > 2 ? readInteger(args, 2) : 256;
    if (bits < 1 || bits > 4096) {
      throw new CommandError(
        'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
      );
    }
    const digits = Math.ceil(bits / 4);
    reply.bulk(
      server.random
        .bytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    );
  },
};
