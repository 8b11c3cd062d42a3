import type { CommandDeclaration } from '../command.js';
import { role as plainRole } from '../server/role.js';

/** ROLE of a sentinel: whom it watches. */
export const role: CommandDeclaration = {
  ...plainRole,
  run({ reply, server }) {
    const { primaries } = server.sentinel!;
    reply.array(2);
    reply.bulk('sentinel');
    reply.array(primaries.size);
    for (const name of primaries.keys()) reply.bulk(name);
  },
};
