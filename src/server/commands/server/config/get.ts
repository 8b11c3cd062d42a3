import type { CommandDeclaration } from '../../command.js';

export const get: CommandDeclaration = {
  name: 'get',
  summary: 'Get the values of configuration parameters',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  history: ['7.0.0 Added the ability to pass multiple pattern parameters in one call'],
  arguments: ['parameter(parameter)...'],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const found = new Map(args.texts(2).flatMap((pattern) => server.configuration.matching(pattern)));
    reply.map(found.size);
    for (const [name, value] of found) {
      reply.bulk(name);
      reply.bulk(value);
    }
  },
};
