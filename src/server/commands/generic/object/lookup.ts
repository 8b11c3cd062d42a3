import type { Ref } from '../../../keyspace/memory.js';
import type { Call } from '../../call.js';

/** The key that OBJECT looks at: it does not count as used. Replies null and answers 0 when it is missing. */
export function lookUp({ args, db, reply, server }: Call): Ref {
  const ref = db.peek(args, 2);
  if (ref === 0) {
    server.keyspace.misses++;
    reply.nil();
  } else server.keyspace.hits++;
  return ref;
}
