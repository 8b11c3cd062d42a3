import type { CommandDeclaration } from '../../command.js';
import { infoSections } from './sections.js';

export const info: CommandDeclaration = {
  name: 'info',
  summary: 'Get information and statistics about the server',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  history: ['7.0.0 Added support for taking multiple section arguments.'],
  arguments: ['[section...]'],
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  run({ args, reply, server }) {
    const wanted = new Set(args.texts(1).map((word) => word.toLowerCase()));
    if (wanted.size === 0) wanted.add('default');
    const everything = wanted.has('all') || wanted.has('everything');
    const chosen = infoSections.filter(
      ({ name, usual }) => everything || wanted.has(name) || (usual && wanted.has('default')),
    );
    const texts = chosen.map(({ title, fields }) => {
      const lines = fields(server).map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${title}\r\n${lines.join('')}`;
    });
    reply.verbatim('txt', texts.join('\r\n'));
  },
};
