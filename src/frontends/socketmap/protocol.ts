import { isUtf8 } from 'node:buffer';
import { type Outcome, permanent } from '../../core/outcome.js';
import { RepeatedText } from '../../core/repeated-text.js';
import { encodeNetstring, SOCKETMAP_PAYLOAD_LIMIT } from '../../net/netstring.js';
import type { NamedRequest } from '../named-map.js';
import { replyReason } from '../reason.js';

/**
 * Postfix's socketmap_table(5) and Sendmail's socket maps: netstrings, `<map> <key>` asked, `OK <value>`,
 * `NOTFOUND `, `TEMP <reason>` or `PERM <reason>` answered. The space stands even where nothing follows it:
 * Sendmail dies without.
 *
 * What a client cannot take is said so instead of being passed on: an empty value is not found; a value
 * with a NUL (it would be cut there), that is not UTF-8, or past the netstring limit is PERM.
 */
const SPACE = 0x20;
const OK = 'OK ';
const mapNames = new RepeatedText();
const NOT_FOUND = encodeNetstring(Buffer.from('NOTFOUND '));

/** Null when there is no space between a map and a key. */
export function parseRequest(payload: Buffer): NamedRequest | null {
  const space = payload.indexOf(SPACE);
  if (space === -1) return null;
  return { map: mapNames.read(payload, 0, space), key: payload.subarray(space + 1) };
}

/** The reply as a netstring. */
export function encodeReply(outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'found':
      return encodeValue(outcome.value);
    case 'notFound':
      return NOT_FOUND;
    case 'temporary':
      return encodeNetstring(Buffer.from(`TEMP ${replyReason(outcome.reason)}`));
    case 'permanent':
      return encodeNetstring(Buffer.from(`PERM ${replyReason(outcome.reason)}`));
  }
}

function encodeValue(value: Buffer): Buffer {
  if (value.length === 0) return NOT_FOUND;
  if (value.length + OK.length > SOCKETMAP_PAYLOAD_LIMIT) return encodeReply(permanent('the value is too long'));
  if (value.includes(0)) return encodeReply(permanent('the value holds a NUL byte'));
  if (!isUtf8(value)) return encodeReply(permanent('the value is not UTF-8'));
  return encodeNetstring(value, OK);
}
