import { Embstr, Int } from '../../../keyspace/string-encoding.js';
import { Type } from '../../../keyspace/value.js';
import type { CommandDeclaration } from '../../command.js';
import { lookUp } from './lookup.js';

export const encoding: CommandDeclaration = {
  name: 'encoding',
  summary: 'Inspect the internal encoding of a Redis object',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { db, reply } = call;
    const ref = lookUp(call);
    if (ref === 0) return;
    if (db.type(ref) !== Type.string) reply.bulk(db.collection(ref).encoding);
    else {
      const kind = db.entries.encoding(ref);
      reply.bulk(kind === Int ? 'int' : kind === Embstr ? 'embstr' : 'raw');
    }
  },
};
