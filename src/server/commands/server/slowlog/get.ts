import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const get: CommandDeclaration = {
  name: 'get',
  summary: "Get the slow log's entries",
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N) where N is the number of entries returned',
  history: ['4.0.0 Added client IP address, port and name to the reply.'],
  arguments: ['[count:integer]'],
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  run({ args, reply, server }) {
    const count = args.count > 2 ? readInteger(args, 2, WRONG_COUNT) : 10;
    if (count < -1) throw WRONG_COUNT;
    const { entries } = server.slowLog;
    const shown = count === -1 ? entries : entries.slice(0, count);
    reply.array(shown.length);
    for (const { id, time, microseconds, words, address, name } of shown) {
      reply.array(6);
      reply.integer(id);
      reply.integer(time);
      reply.integer(microseconds);
      reply.array(words.length);
      for (const word of words) reply.bulk(word);
      reply.bulk(address);
      reply.bulk(name);
    }
  },
};

const WRONG_COUNT = new CommandError('ERR count should be greater than or equal to -1');
