import { globMatches } from '../../../core/glob.js';
import type { CommandDeclaration } from '../command.js';

export const keys: CommandDeclaration = {
  name: 'keys',
  summary: 'Find all keys matching the given pattern',
  since: '1.0.0',
  group: 'generic',
  complexity:
    'O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.',
  arguments: ['pattern:pattern'],
  arity: 2,
  flags: ['readonly'],
  categories: ['dangerous'],
  run({ args, db, reply }) {
    const pattern = args.text(1);
    const found: string[] = [];
    for (const key of db.keys()) if (pattern === '*' || globMatches(pattern, key)) found.push(key);
    reply.array(found.length);
    for (const key of found) reply.bulk(key);
  },
};
