import { CommandError } from '../../../errors.js';
import type { Session } from '../../../session/session.js';
import type { Call } from '../../call.js';

/**
 * A client as CLIENT LIST and INFO print it. Sizes of buffers that this server does not keep per client
 * (rbs, rbp, tot-mem) are what Redis shows for a client that has just connected.
 */
export function clientLine(call: Asking, session: Session): string {
  const { server, now } = call;
  const isSelf = session === call.session;
  const { socket } = session.peer;
  const unsent = isSelf ? 0 : (socket?.unsent ?? 0);
  const received = (socket?.received ?? 0) + (isSelf ? requestLength(call) : 0);
  const queue = session.transaction?.queue;
  const multiMemory = (queue ?? []).reduce((sum, args) => sum + args.texts().join('').length, 0);
  const command = session.lastCommand && server.commands.fullName(session.lastCommand);
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
    ['multi', queue?.length ?? -1],
    ['qbuf', received],
    ['qbuf-free', Math.max(0, 20_474 - received)],
    ['argv-mem', isSelf ? call.args.texts().join('').length : 0],
    ['multi-mem', multiMemory],
    ['rbs', 16_384],
    ['rbp', 0],
    ['obl', 0],
    ['oll', unsent > 0 ? 1 : 0],
    ['omem', unsent],
    ['tot-mem', 37_658 + unsent + received],
    ['events', unsent > 0 ? 'rw' : 'r'],
    ['cmd', isSelf ? server.commands.fullName(call.command) : (command ?? 'NULL')],
    ['user', session.user.name],
    ['redir', session.tracked ? (session.tracked.redirect?.id ?? 0) : -1],
    ['resp', session.reply.protocol],
  ];
  return `${fields.map(([name, value]) => `${name}=${value}`).join(' ')}\n`;
}

/** Bytes of the running command as a client library sends it. */
function requestLength({ args }: Asking): number {
  let length = `*${args.count}\r\n`.length;
  for (let i = 0; i < args.count; i++) length += `$${args.length(i)}\r\n`.length + args.length(i) + 2;
  return length;
}

function flagsOf(session: Session): string {
  const flags = [
    session.replica?.isAttached && 'S',
    session.monitoring && 'O',
    session.subscriptions > 0 && 'P',
    session.transaction && 'x',
    session.blocked && 'b',
    session.tracked && 't',
    session.tracked?.broken && 'R',
    session.tracked?.broadcast && 'B',
    session.watchBroken && 'd',
    session.closing && 'c',
    session.peer.address.startsWith('/') && 'U',
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
  if (session.replica?.isAttached) return 'replica';
  return session.subscriptions > 0 ? 'pubsub' : 'normal';
}
