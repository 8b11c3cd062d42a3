import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const exists: CommandDeclaration = {
  name: 'exists',
  summary: 'Check existence of scripts in the script cache.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
  arguments: ['sha1...'],
  arity: -3,
  flags: ['noscript'],
  run({ args, reply, server }) {
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(scriptEngine(server).has(args.word(i)) ? 1 : 0);
  },
};
