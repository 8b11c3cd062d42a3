import type { CommandDeclaration } from '../../command.js';
import { groupChanged } from '../changes.js';
import { writeStream } from './group-arguments.js';

export const destroy: CommandDeclaration = {
  name: 'destroy',
  summary: 'Destroy a consumer group.',
  since: '5.0.0',
  group: 'stream',
  complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
  arguments: ['key#0', 'groupname'],
  arity: 4,
  flags: ['write'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { args, db, reply, server } = call;
    const destroyed = writeStream(call).groups.delete(args.text(3));
    if (destroyed) {
      groupChanged(call, 2, 'xgroup-destroy');
      // Who waits in the group hears that it is gone.
      server.blocking.becameReady(db, args.text(2));
    }
    reply.integer(destroyed ? 1 : 0);
  },
};
