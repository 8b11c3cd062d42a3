import type { ByteString } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import type { SubscriptionKind } from '../../pubsub/hub.js';
import type { Session } from '../../session/session.js';
import type { Call } from '../call.js';

/**
 * What the six (un)subscribe commands share. Confirmations are pushes: they go to the session itself, so that
 * CLIENT REPLY OFF does not hold them back, one for each channel, with the number of subscriptions then left.
 */
export function subscribe(call: Call, kind: SubscriptionKind, word: string): void {
  const { args, session, server } = call;
  // EXEC may subscribe, for old clients; what else must be answered at once may not.
  if (server.dispatcher.isNested && (kind === 'shardChannels' || server.dispatcher.inScript)) {
    throw new CommandError(`ERR ${word.toUpperCase()} isn't allowed for a DENY BLOCKING client`);
  }
  for (let i = 1; i < args.count; i++) {
    const channel = args.text(i);
    server.pubsub.subscribe(session, kind, channel);
    confirm(session, kind, word, channel);
  }
}

/** Without channels: from all. */
export function unsubscribe(call: Call, kind: SubscriptionKind, word: string): void {
  const { args, session, server } = call;
  const channels = args.count > 1 ? args.texts(1) : [...session[kind]];
  for (const channel of channels) {
    server.pubsub.unsubscribe(session, kind, channel);
    confirm(session, kind, word, channel);
  }
  if (channels.length === 0) confirm(session, kind, word, undefined);
}

function confirm(session: Session, kind: SubscriptionKind, word: string, channel: ByteString | undefined): void {
  const { reply } = session;
  reply.push(3);
  reply.bulk(word);
  if (channel === undefined) reply.nil();
  else reply.bulk(channel);
  reply.integer(kind === 'shardChannels' ? session.shardChannels.size : session.channels.size + session.patterns.size);
}

/** PUBSUB CHANNELS and SHARDCHANNELS: names that match the glob at argument 2. */
export function listChannels({ args, reply }: Call, channels: Iterable<ByteString>, matches: Glob): void {
  const pattern = args.count > 2 ? args.text(2) : undefined;
  const found = [...channels].filter((channel) => pattern === undefined || matches(pattern, channel));
  reply.array(found.length);
  for (const channel of found) reply.bulk(channel);
}

type Glob = (pattern: string, text: string) => boolean;

/** PUBSUB NUMSUB and SHARDNUMSUB. */
export function countSubscribers({ args, reply }: Call, channels: ReadonlyMap<ByteString, { size: number }>): void {
  reply.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    reply.bulkBytes(args.view(i));
    reply.integer(channels.get(args.text(i))?.size ?? 0);
  }
}
