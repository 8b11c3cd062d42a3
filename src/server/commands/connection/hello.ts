import { CommandError } from '../../errors.js';
import { REDIS_VERSION } from '../../version.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { authenticate } from './auth.js';
import { validName } from './client-name.js';

export const hello: CommandDeclaration = {
  name: 'hello',
  summary: 'Handshake with Redis',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  history: [
    "6.2.0 `protover` made optional; when called without arguments the command reports the current connection's context.",
  ],
  arguments: ['[arguments(protover:integer, [AUTH username_password(username, password)], [SETNAME clientname])]'],
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  run(call) {
    const { args, session } = call;
    const version = args.count > 1 ? protocolVersion(args.text(1)) : session.reply.protocol;
    options(call);
    if (!session.authenticated) {
      throw new CommandError(
        'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
      );
    }
    session.reply.protocol = version;
    session.refresh();
    describe(call, version);
  },
};

function protocolVersion(text: string): 2 | 3 {
  if (!/^-?\d+$/.test(text)) throw new CommandError('ERR Protocol version is not an integer or out of range');
  if (text !== '2' && text !== '3') throw new CommandError('NOPROTO unsupported protocol version');
  return text === '2' ? 2 : 3;
}

function options(call: Call): void {
  const { args, session } = call;
  let name: string | undefined;
  for (let i = 2; i < args.count; ) {
    const option = args.word(i);
    if (option === 'auth' && i + 2 < args.count) {
      authenticate(call, args.text(i + 1), args.text(i + 2));
      i += 3;
    } else if (option === 'setname' && i + 1 < args.count) {
      name = validName(args.text(i + 1), 'Client names');
      i += 2;
    } else throw new CommandError(`ERR Syntax error in HELLO option '${args.text(i)}'`);
  }
  if (name !== undefined) session.name = name;
}

function describe({ reply, session, server }: Call, version: 2 | 3): void {
  const { mode } = server;
  reply.map(mode === 'sentinel' ? 6 : 7);
  reply.bulk('server');
  reply.bulk('redis');
  reply.bulk('version');
  reply.bulk(REDIS_VERSION);
  reply.bulk('proto');
  reply.integer(version);
  reply.bulk('id');
  reply.integer(session.id);
  reply.bulk('mode');
  reply.bulk(mode);
  if (mode !== 'sentinel') {
    reply.bulk('role');
    reply.bulk(server.replication.isReplica ? 'replica' : 'master');
  }
  reply.bulk('modules');
  reply.array(0);
}
