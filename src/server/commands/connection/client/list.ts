import { CommandError, errors } from '../../../errors.js';
import type { Session } from '../../../session/session.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { parseInteger } from '../../numbers.js';
import { clientLine, clientType, readClientType } from './client-line.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'Get the list of client connections',
  since: '2.4.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    '2.8.12 Added unique client `id` field.',
    '5.0.0 Added optional `TYPE` filter.',
    '6.0.0 Added `user` field.',
    '6.2.0 Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.',
    '7.0.0 Added `resp`, `multi-mem`, `rbs` and `rbp` fields.',
    '7.0.3 Added `ssub` field.',
  ],
  arguments: [
    '[TYPE normal_master_replica_pubsub(NORMAL | MASTER | REPLICA | PUBSUB)@5.0.0]',
    '[ID id(client-id:integer...)@6.2.0]',
  ],
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run(call) {
    const lines = selected(call).map((session) => clientLine(call, session));
    call.reply.verbatim('txt', lines.join(''));
  },
};

function selected({ args, server }: Call): Session[] {
  const all = [...server.sessions];
  if (args.count === 2) return all;
  const option = args.word(2);
  if (option === 'type' && args.count === 4) {
    const type = readClientType(args.text(3));
    return all.filter((session) => clientType(session) === type);
  }
  if (option !== 'id' || args.count === 3) throw errors.syntax;
  return args
    .texts(3)
    .map(readId)
    .flatMap((id) => all.filter((session) => session.id === id));
}

function readId(text: string): number {
  const id = parseInteger(text);
  if (id === undefined) throw new CommandError('ERR Invalid client ID');
  return Number(id);
}
