import { type Reply, ReplyError } from '../../resp/reply.js';
import { readable } from '../readable.js';
import { replyForPeople } from '../reply-text.js';

/** Commands whose reply is a text for people, shown as it is also where the server sends it as a plain string. */
const TEXTS =
  /^(info|lolwut|cluster (nodes|info)|client (list|info)|latency (graph|doctor)|memory (doctor|malloc-stats))$/;

export function replyView(words: readonly Buffer[], reply: Reply): string {
  const [first = '', second = ''] = words.map((word) => word.toString('latin1').toLowerCase());
  const isText = TEXTS.test(first) || TEXTS.test(`${first} ${second}`);
  if (isText && Buffer.isBuffer(reply))
    return readable(Buffer.from(reply.latin1Slice().replaceAll('\r\n', '\n'), 'latin1')).trimEnd();
  return replyForPeople(reply);
}

export function isQuit(words: readonly Buffer[]): boolean {
  return words.length === 1 && /^(quit|exit)$/i.test(String(words[0]));
}

/** Red where colours are wanted. */
export function colouredReply(words: readonly Buffer[], reply: Reply, red: (text: string) => string): string {
  const text = replyView(words, reply);
  return reply instanceof ReplyError ? red(text) : text;
}
