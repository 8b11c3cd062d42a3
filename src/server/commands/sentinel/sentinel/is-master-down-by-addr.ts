import { sameAddress } from '../../../sentinel/address.js';
import { readInteger } from '../../numbers.js';
import { sentinelCommand } from '../with-sentinel.js';

/** What other sentinels ask; `*` instead of an id asks for no vote. */
export const isMasterDownByAddr = sentinelCommand(
  {
    name: 'is-master-down-by-addr',
    summary: 'Check if a master is down',
    since: '2.8.4',
    arity: 6,
    arguments: ['ip', 'port:integer', 'current-epoch:integer', 'runid'],
  },
  ({ args, reply }, sentinel) => {
    const port = readInteger(args, 3);
    const epoch = readInteger(args, 4);
    const candidate = args.text(5);
    const address = sentinel.resolve(args.text(2), port, true);
    const primary = address && [...sentinel.primaries.values()].find((one) => sameAddress(one.address, address));
    const isDown = primary?.is('s_down') === true && !sentinel.isTilted;
    const vote = primary && candidate !== '*' ? sentinel.election.vote(primary, epoch, candidate) : undefined;
    reply.array(3);
    reply.integer(isDown ? 1 : 0);
    reply.bulk(vote?.leader ?? '*');
    reply.integer(vote?.epoch ?? 0);
  },
);
