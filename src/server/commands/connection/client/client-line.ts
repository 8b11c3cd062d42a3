import { CommandError } from '../../../errors.js';
import { queueMemory, stateMemory } from '../../../session/client-memory.js';
import type { Session } from '../../../session/session.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';

/**
 * A client as CLIENT LIST and INFO print it. What an object takes on the JavaScript heap (tot-mem) is estimated.
 */
export function clientLine(call: Asking, session: Session): string {
  const { server, now } = call;
  const isSelf = session === call.session;
  const { socket } = session.peer;
  const unsent = isSelf ? 0 : (socket?.unsent ?? 0);
  const received = (socket?.received ?? 0) + (isSelf ? requestLength(call) : 0);
  const { query = 0, reply = 0, replyPeak = 0 } = socket?.buffers ?? {};
  const ownArguments = isSelf ? argumentLength(call) : 0;
  const queued = isSelf ? 0 : unsent - (socket?.buffered ?? 0);
  const command = isSelf ? sentCommand(call) : session.lastCommand;
  const fields: readonly (readonly [string, string | number])[] = [
    ['id', session.id],
    ['addr', session.peer.address],
    ['laddr', session.peer.localAddress],
    ['fd', socket?.descriptor ?? -1],
    ['name', session.name],
    ['age', Math.floor((now - session.connectedAt) / 1000)],
    ['idle', Math.floor((now - session.lastActive) / 1000)],
    ['flags', flagsOf(session)],
    ['db', session.db.number],
    ['sub', session.channels.size],
    ['psub', session.patterns.size],
    ['ssub', session.shardChannels.size],
    ['multi', (session.executing ?? session.transaction)?.queue.length ?? -1],
    ['qbuf', received],
    ['qbuf-free', Math.max(0, query - received)],
    ['argv-mem', (socket?.arguments ?? 0) + ownArguments],
    ['multi-mem', queueMemory(session)],
    ['rbs', reply],
    ['rbp', replyPeak],
    ['obl', unsent - queued],
    ['oll', queued > 0 ? Math.ceil(queued / reply) : 0],
    ['omem', queued],
    ['tot-mem', (socket?.memory ?? stateMemory(session)) + ownArguments],
    ['events', unsent > 0 ? 'rw' : 'r'],
    ['cmd', command === undefined ? 'NULL' : server.commands.fullName(command)],
    ['user', session.isPrimary ? '(superuser)' : session.user.name],
    ['redir', session.tracked ? (session.tracked.redirect?.id ?? 0) : -1],
    ['resp', session.reply.protocol],
  ];
  return `${fields.map(([name, value]) => `${name}=${value}`).join(' ')}\n`;
}

/** EXEC or EVAL rather than what it runs. */
function sentCommand({ server, session, command }: Asking): CommandDeclaration {
  const { current } = server.dispatcher;
  return current?.session === session ? current.command : command;
}

function argumentLength({ args }: Asking): number {
  let length = 0;
  for (let i = 0; i < args.count; i++) length += args.length(i);
  return length;
}

/** Bytes of the running command as a client library sends it. */
function requestLength({ args }: Asking): number {
  let length = `*${args.count}\r\n`.length;
  for (let i = 0; i < args.count; i++) length += `$${args.length(i)}\r\n`.length + args.length(i) + 2;
  return length;
}

function flagsOf(session: Session): string {
  const flags = [
    session.isPrimary && 'M',
    session.replica?.isAttached && 'S',
    session.monitoring && 'O',
    session.subscriptions > 0 && 'P',
    (session.executing ?? session.transaction) && 'x',
    session.blocked && 'b',
    session.tracked && 't',
    session.tracked?.broken && 'R',
    session.tracked?.broadcast && 'B',
    session.watchBroken && 'd',
    session.closing && 'c',
    session.peer.address.startsWith('/') && 'U',
    session.readsReplica && 'r',
    session.noEvict && 'e',
    session.noTouch && 'T',
  ];
  return flags.filter((flag) => typeof flag === 'string').join('') || 'N';
}

/** The call that asks, or that is told of. */
type Asking = Pick<Call, 'server' | 'now' | 'session' | 'args' | 'command'>;

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

export function readClientType(text: string): ClientType {
  const word = text.toLowerCase();
  if (word === 'slave') return 'replica';
  if (word === 'normal' || word === 'master' || word === 'replica' || word === 'pubsub') return word;
  throw new CommandError(`ERR Unknown client type '${text}'`);
}

export function clientType(session: Session): ClientType {
  if (session.isPrimary) return 'master';
  if (session.replica?.isAttached) return 'replica';
  return session.subscriptions > 0 ? 'pubsub' : 'normal';
}
