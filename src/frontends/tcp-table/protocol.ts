import { type Outcome, temporary } from '../../core/outcome.js';
import { decodePercent } from '../percent.js';
import { replyReason } from '../reason.js';

/**
 * Postfix's tcp_table(5): `get <key>` asked, `200 <value>`, `500 <reason>` (not found) or `400 <reason>`
 * (anything else that went wrong: the protocol has no permanent failure) answered, one line each, with
 * `%XX` for percent signs, white space and everything that is not printable ASCII.
 *
 * An empty value is not found, since Postfix warns about it. A NUL in a value, where the client would cut
 * it, and a reply that would pass the line limit are 400.
 */

/** The longest line either way, its LF included. */
export const LINE_LIMIT = 4_096;

const PERCENT = 0x25;
const ESCAPES = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
const NOT_FOUND = line('500', Buffer.from('not found'));
const GET = Buffer.from('get ');

export type TcpTableRequest =
  | { readonly kind: 'get'; readonly key: Buffer }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Takes a line without its LF. A CR before it is not the client's meaning: it would have escaped it. */
export function parseRequest(request: Buffer): TcpTableRequest {
  const end = request.at(-1) === 0x0d ? request.length - 1 : request.length;
  if (!request.subarray(0, GET.length).equals(GET)) return { kind: 'invalid', reason: 'only get is served' };
  const key = decodePercent(request.subarray(GET.length, end));
  return key === null
    ? { kind: 'invalid', reason: 'a percent sign stands before two hex digits' }
    : { kind: 'get', key };
}

/** The whole reply line. */
export function encodeReply(outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'found':
      return encodeValue(outcome.value);
    case 'notFound':
      return NOT_FOUND;
    case 'temporary':
    case 'permanent':
      return line('400', Buffer.from(replyReason(outcome.reason)));
  }
}

function encodeValue(value: Buffer): Buffer {
  if (value.length === 0) return NOT_FOUND;
  if (value.includes(0)) return encodeReply(temporary('the value holds a NUL byte'));
  const reply = value.length < LINE_LIMIT ? line('200', value) : undefined;
  if (reply === undefined || reply.length > LINE_LIMIT) return encodeReply(temporary('the value is too long'));
  return reply;
}

function line(code: '200' | '400' | '500', text: Buffer): Buffer {
  const reply = Buffer.allocUnsafe(code.length + 2 + 3 * text.length);
  let at = reply.latin1Write(`${code} `, 0);
  for (const byte of text) {
    if (byte > 0x20 && byte < 0x7f && byte !== PERCENT) reply[at++] = byte;
    else at += reply.latin1Write(ESCAPES[byte] as string, at);
  }
  reply[at++] = 0x0a;
  return reply.subarray(0, at);
}
