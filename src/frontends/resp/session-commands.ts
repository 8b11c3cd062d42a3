import { type Reply, ReplyError } from '../../resp/reply.js';
import type { ServedEndpoint } from '../served-endpoint.js';
import type { RespClient } from './client.js';

/**
 * Commands that are answered here and not by the store: what a client says of itself and asks about its server. To
 * clients this is a single Redis 7.0 without any other databases.
 */
export interface SessionCall {
  readonly client: RespClient;
  readonly endpoint: ServedEndpoint;
  /** Behind the name. */
  readonly words: readonly Buffer[];
}

type SessionCommand = (call: SessionCall) => Reply;

const VERSION = '7.0.15';

export const sessionCommands: Readonly<Record<string, SessionCommand>> = {
  ping: ({ words }) => words[0] ?? 'PONG',
  echo: ({ words }) => words[0] ?? wrongArity('echo'),
  quit: () => 'OK',
  auth: (call) => logIn(call, call.words.length > 1 ? call.words[1] : call.words[0]),
  hello,
  select: ({ words }) => (String(words[0]) === '0' ? 'OK' : new ReplyError('ERR DB index is out of range')),
  client: clientCommand,
  info: () => Buffer.from(INFO),
  command: ({ words }) => (String(words[0]).toLowerCase() === 'count' ? 0 : []),
  readonly: () => 'OK',
  readwrite: () => 'OK',
  unwatch: () => 'OK',
  reset: ({ client, endpoint }) => {
    client.reset(endpoint.hasPassword);
    return 'RESET';
  },
};

/** What may be said before the password. */
export const BEFORE_LOGIN: ReadonlySet<string> = new Set(['auth', 'hello', 'quit', 'reset']);

const INFO = `# Server\r\nredis_version:${VERSION}\r\nredis_mode:standalone\r\n\r\n# Persistence\r\nloading:0\r\n\r\n# Replication\r\nrole:master\r\nconnected_slaves:0\r\n`;

const WRONG_PASSWORD = new ReplyError('WRONGPASS invalid username-password pair or user is disabled.');

function logIn({ client, endpoint }: SessionCall, password: Buffer | undefined): Reply {
  if (password === undefined) return wrongArity('auth');
  if (!endpoint.hasPassword) {
    return new ReplyError('ERR AUTH <password> called without any password configured for the default user.');
  }
  if (!endpoint.accepts(password)) return WRONG_PASSWORD;
  client.mustLogIn = false;
  return 'OK';
}

/** HELLO [protocol [AUTH user password] [SETNAME name]] */
function hello(call: SessionCall): Reply {
  const { client, words } = call;
  const [version, ...options] = words.map(String);
  if (version !== undefined && version !== '2' && version !== '3') {
    return new ReplyError('NOPROTO unsupported protocol version');
  }
  for (let i = 0; i < options.length; ) {
    const option = options[i]!.toLowerCase();
    if (option === 'auth' && i + 2 < options.length) {
      const reply = logIn(call, words[i + 3]);
      if (reply instanceof ReplyError) return reply;
      i += 3;
    } else if (option === 'setname' && i + 1 < options.length) {
      client.name = options[i + 1]!;
      i += 2;
    } else return new ReplyError(`ERR Syntax error in HELLO option '${option.replace(/[^\x20-\x7e]/g, '?')}'`);
  }
  if (client.mustLogIn) {
    return new ReplyError(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  }
  if (version !== undefined) client.protocol = version === '3' ? 3 : 2;
  return new Map<Reply, Reply>([
    [Buffer.from('server'), Buffer.from('redis')],
    [Buffer.from('version'), Buffer.from(VERSION)],
    [Buffer.from('proto'), client.protocol],
    [Buffer.from('id'), client.id],
    [Buffer.from('mode'), Buffer.from('standalone')],
    [Buffer.from('role'), Buffer.from('master')],
    [Buffer.from('modules'), []],
  ]);
}

function clientCommand({ client, words }: SessionCall): Reply {
  switch (String(words[0]).toLowerCase()) {
    case 'setname':
      client.name = String(words[1] ?? '');
      return 'OK';
    case 'getname':
      return client.name === '' ? null : Buffer.from(client.name);
    case 'id':
      return client.id;
    case 'setinfo':
    case 'no-evict':
    case 'no-touch':
      return 'OK';
    default:
      return new ReplyError('ERR this subcommand of CLIENT is not offered here');
  }
}

function wrongArity(name: string): ReplyError {
  return new ReplyError(`ERR wrong number of arguments for '${name}' command`);
}
