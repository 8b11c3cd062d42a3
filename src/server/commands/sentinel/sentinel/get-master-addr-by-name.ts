import { sentinelCommand } from '../with-sentinel.js';

export const getMasterAddrByName = sentinelCommand(
  {
    name: 'get-master-addr-by-name',
    summary: 'Get port and address of a master',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  ({ args, reply }, { primaries, events }) => {
    const primary = primaries.get(args.text(2));
    if (primary === undefined) {
      reply.nilArray();
      return;
    }
    const { currentAddress } = primary;
    reply.array(2);
    reply.bulk(events.announced(currentAddress));
    reply.bulk(String(currentAddress.port));
  },
);
