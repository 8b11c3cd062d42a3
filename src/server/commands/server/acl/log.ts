import type { ReplySink } from '../../../../resp/sink.js';
import type { AclLogEntry } from '../../../access/acl-log.js';
import { wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const log: CommandDeclaration = {
  name: 'log',
  summary: 'List latest events denied because of ACLs in place',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) with N being the number of entries shown.',
  arguments: ['[operation(count:integer | RESET)]'],
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server, now }) {
    const { log } = server.users;
    if (args.count > 3) throw wrongSubcommand('ACL', args.text(1));
    if (args.count === 3 && args.word(2) === 'reset') {
      log.clear();
      reply.ok();
      return;
    }
    const count = args.count === 3 ? Math.max(0, readInteger(args, 2)) : SHOWN;
    const entries = log.entries.slice(0, count);
    reply.array(entries.length);
    for (const entry of entries) describe(reply, entry, now);
  },
};

const SHOWN = 10;

function describe(reply: ReplySink, entry: AclLogEntry, now: number): void {
  reply.map(7);
  reply.bulk('count');
  reply.integer(entry.count);
  reply.bulk('reason');
  reply.bulk(entry.reason);
  reply.bulk('context');
  reply.bulk(entry.context);
  reply.bulk('object');
  reply.bulk(entry.object);
  reply.bulk('username');
  reply.bulk(entry.user);
  reply.bulk('age-seconds');
  reply.double((now - entry.time) / 1000);
  reply.bulk('client-info');
  reply.bulk(entry.client);
}
