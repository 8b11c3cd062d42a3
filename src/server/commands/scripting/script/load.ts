import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const load: CommandDeclaration = {
  name: 'load',
  summary: 'Load the specified Lua script into the script cache.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  arguments: ['script'],
  arity: 3,
  flags: ['noscript', 'stale'],
  run({ args, reply, server }) {
    reply.bulk(scriptEngine(server).load(args.view(2)));
  },
};
