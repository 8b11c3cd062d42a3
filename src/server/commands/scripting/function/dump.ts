import { functionsPayload } from '../../../persistence/functions.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const dump: CommandDeclaration = {
  name: 'dump',
  summary: 'Dump all functions into a serialized binary payload',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions',
  arity: 2,
  flags: ['noscript'],
  run({ reply, server }) {
    const codes = [...scriptEngine(server).functions.libraries].map(({ code }) => code);
    reply.bulkBytes(functionsPayload(codes, server.settings.rdbCompression));
  },
};
