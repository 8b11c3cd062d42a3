import type { Users } from '../../../access/users.js';
import { CommandError, errors } from '../../../errors.js';
import type { Session } from '../../../session/session.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { parseInteger } from '../../numbers.js';
import { clientType, readClientType } from './client-line.js';

/** In-process sessions are the program itself and are not killed. */
export const kill: CommandDeclaration = {
  name: 'kill',
  summary: 'Kill the connection of a client',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    '2.8.12 Added new filter format.',
    '2.8.12 `ID` option.',
    '3.2.0 Added `master` type in for `TYPE` option.',
    '5.0.0 Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.',
    '6.2.0 `LADDR` option.',
  ],
  arguments: [
    `filter(
      ip:port!2.8.12 |
      new-format(
        [ID client-id:integer@2.8.12] |
        [TYPE normal_master_slave_pubsub(NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)@2.8.12] |
        [USER username] |
        [ADDR ip:port] |
        [LADDR ip:port@6.2.0] |
        [SKIPME yes/no]
      )...
    )`,
  ],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run(call) {
    const { args, reply } = call;
    if (args.count === 3) {
      const address = args.text(2);
      if (end(call, (session) => session.peer.address === address) === 0) {
        throw new CommandError('ERR No such client');
      }
      reply.ok();
      return;
    }
    const filters = readFilters(call);
    reply.integer(end(call, (session) => filters.every((matches) => matches(session))));
  },
};

type Filter = (session: Session) => boolean;

function readFilters({ args, session: own, server }: Call): Filter[] {
  const filters: Filter[] = [];
  let skipSelf = true;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw errors.syntax;
    if (args.word(i) === 'skipme') skipSelf = readYesNo(args.word(i + 1));
    else filters.push(readFilter(server.users, args.word(i), args.text(i + 1)));
  }
  if (skipSelf) filters.push((session) => session !== own);
  return filters;
}

function readFilter(users: Users, option: string, value: string): Filter {
  switch (option) {
    case 'id': {
      const id = parseInteger(value);
      if (id === undefined || id < 1n) throw new CommandError('ERR client-id should be greater than 0');
      return (session) => BigInt(session.id) === id;
    }
    case 'type': {
      const type = readClientType(value);
      return (session) => clientType(session) === type;
    }
    case 'addr':
      return (session) => session.peer.address === value;
    case 'laddr':
      return (session) => session.peer.localAddress === value;
    case 'user':
      if (users.get(value) === undefined) throw new CommandError(`ERR No such user '${value}'`);
      return (session) => session.user === users.get(value);
    default:
      throw errors.syntax;
  }
}

function readYesNo(word: string): boolean {
  if (word !== 'yes' && word !== 'no') throw errors.syntax;
  return word === 'yes';
}

/** Ends the sessions, one's own after its reply; answers how many. */
function end({ server, session: own }: Call, matches: Filter): number {
  const isRemote = ({ peer, isPrimary }: Session) => peer.socket !== undefined || isPrimary;
  const victims = [...server.sessions].filter((session) => isRemote(session) && matches(session));
  for (const session of victims) {
    session.closing = true;
    if (session !== own) session.peer.close();
  }
  return victims.length;
}
